// Rate limits in Redis, as clients of memcached meet them.
#include "support/binary_client.hpp"
#include "support/structures.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <map>
#include <thread>

using namespace tandem::test;

namespace {

// Windows of a hundred days, so that no test sees the end of one.
constexpr std::int64_t per_ms = 100LL * 24 * 3600 * 1000;

std::string limits(std::string const& algorithm, int limit) {
  return fmt::format(
      "  - {{prefix: \"limit:\", to: store, as: {{rate_limit: {{limit: {}, per: 100d, algorithm: {}}}}}}}\n",
      limit, algorithm);
}

std::int64_t now_ms() {
  auto const now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::int64_t window_start() { return now_ms() / per_ms * per_ms; }

std::string state(std::string const& algorithm, std::int64_t at, std::int64_t count, std::int64_t last) {
  return fmt::format("tandem:{}:{} {} {} {}", algorithm, per_ms, at, count, last);
}

/// What is told of a question is from `least` to `most`, since time goes on.
void tells(tandem_daemon const& tandem, std::string const& key, std::int64_t least, std::int64_t most) {
  std::string const answer = tandem.converse("mg " + key + " v\r\n");
  INFO(answer);
  std::int64_t const number = std::stoll(answer.substr(answer.find("\r\n") + 2));
  CHECK(number >= least);
  CHECK(number <= most);
}

/// How often each answer came to `increments` of each of `clients`, half of which ask each daemon.
std::map<std::string, int> answers_of(std::vector<tandem_daemon const*> const& daemons, int clients,
                                      int increments) {
  std::vector<std::map<std::string, int>> answers(static_cast<std::size_t>(clients));
  std::vector<std::thread> threads;
  for (std::size_t each = 0; each < answers.size(); ++each) {
    threads.emplace_back([&mine = answers[each], &tandem = *daemons[each % daemons.size()], increments] {
      text_client client = tandem.connect();
      for (int turn = 0; turn < increments; ++turn) ++mine[client.ask("incr limit:hot 1\r\n")];
    });
  }
  for (std::thread& each : threads) each.join();
  std::map<std::string, int> all;
  for (auto const& mine : answers) {
    for (auto const& [answer, times] : mine) all[answer] += times;
  }
  return all;
}

constexpr std::uint8_t opcode_increment = 0x05, opcode_decrement = 0x06;

/// An increment as clients of the binary protocol ask for it, with a first value and a time to live.
std::uint64_t counted(binary_client& client, std::uint8_t opcode, std::string const& key, std::uint64_t delta,
                      std::uint64_t initial) {
  binary_reply const answer =
      client.ask({opcode, key, big_endian(delta, 8) + big_endian(initial, 8) + big_endian(60, 4)});
  REQUIRE(answer.status == 0);
  REQUIRE(answer.body.size() == 8);
  std::uint64_t number = 0;
  for (char const each : answer.body) number = number << 8 | static_cast<unsigned char>(each);
  return number;
}

}  // namespace

TEST_CASE("a rate limit counts to its limit, gives back, and tells what is left, by each algorithm") {
  for (std::string const algorithm : {"fixed", "sliding", "bucket"}) {
    INFO(algorithm);
    redis_server server;
    tandem_daemon const tandem(with_structures(server, limits(algorithm, 10)));
    holds(tandem, {{"get limit:a", "END"},
                   {"get limit:a#@left", told("limit:a#@left", "10")},
                   {"get limit:a#@wait", told("limit:a#@wait", "0")},
                   {"get limit:a#@limit", told("limit:a#@limit", "10")},
                   {"decr limit:a 1", "0"},
                   {"get limit:a", "END"},
                   {"incr limit:a 11", "11"},
                   {"get limit:a", "END"},
                   {"incr limit:a 1", "1"},
                   {"incr limit:a 3", "4"},
                   {"get limit:a", told("limit:a", "4")},
                   {"incr limit:a 7", "11"},
                   {"incr limit:a 6", "10"},
                   {"incr limit:a 1", "11"},
                   {"incr limit:a 18446744073709551615", "11"},
                   {"get limit:a", told("limit:a", "10")},
                   {"get limit:a#@left", told("limit:a#@left", "0")},
                   {"decr limit:a 2", "8"},
                   {"get limit:a#@left", told("limit:a#@left", "2")},
                   {"decr limit:a 18446744073709551615", "0"},
                   {"get limit:a", told("limit:a", "0")},
                   {"add limit:a 0 0 1\r\n5", "NOT_STORED"},
                   {stored("limit:a", "5"), "STORED"},
                   {"incr limit:a 1", "6"},
                   {"delete limit:a", "DELETED"},
                   {"delete limit:a", "NOT_FOUND"},
                   {"add limit:a 2 60 1\r\n5", "STORED"},
                   {"get limit:a", told("limit:a", "5")},
                   {"ma limit:a N60 J100 D2 v", "VA 1\r\n7"}});
    std::int64_t const lives = server.command({"PTTL", "app:limit:a"}).number;
    CHECK(lives > 0);
    CHECK(lives <= 2 * per_ms);
  }
}

TEST_CASE("an old window is forgotten, or fades") {
  redis_server server;
  std::int64_t const start = window_start();
  SECTION("fixed: at its end") {
    tandem_daemon const tandem(with_structures(server, limits("fixed", 1000)));
    server.command({"SET", "app:limit:a", state("fixed", start - per_ms, 1000, 0)});
    holds(tandem, {{"get limit:a", "END"}, {"incr limit:a 1", "1"}});
    server.command({"SET", "app:limit:a", state("fixed", start, 1000, 0)});
    std::int64_t const left = start + per_ms - now_ms();
    tells(tandem, "limit:a#@wait", left - 60'000, left);
  }
  SECTION("sliding: by its share that is still in sight") {
    tandem_daemon const tandem(with_structures(server, limits("sliding", 1000)));
    auto const share = [start](std::int64_t of) {
      double const in_sight = static_cast<double>(start + per_ms - now_ms()) / static_cast<double>(per_ms);
      return static_cast<std::int64_t>(std::ceil(static_cast<double>(of) * in_sight));
    };
    std::int64_t const before = share(1000);
    server.command({"SET", "app:limit:a", state("sliding", start - per_ms, 1000, 7)});
    tells(tandem, "limit:a", share(1000) - 1, before);
    server.command({"SET", "app:limit:a", state("sliding", start, 20, 500)});
    tells(tandem, "limit:a", 20 + share(500) - 1, 20 + share(500) + 1);
    // Nothing but the last window: one of its thousand has to go out of sight.
    server.command({"SET", "app:limit:a", state("sliding", start, 1000 - share(1000), 1000)});
    tells(tandem, "limit:a#@wait", 0, per_ms / 1000);
    // All of this window: the next has to begin, and one to go out of sight.
    server.command({"SET", "app:limit:a", state("sliding", start, 1000, 0)});
    std::int64_t const left = start + per_ms + per_ms / 1000 - now_ms();
    tells(tandem, "limit:a#@wait", left - 60'000, left);
    server.command({"SET", "app:limit:a", state("sliding", start - 2 * per_ms, 1000, 1000)});
    holds(tandem, {{"get limit:a", "END"}, {"incr limit:a 1", "1"}});
  }
  SECTION("bucket: as it leaks") {
    tandem_daemon const tandem(with_structures(server, limits("bucket", 1000)));
    std::int64_t const now = now_ms();
    server.command({"SET", "app:limit:a", state("bucket", now - per_ms / 2, 1000 * per_ms, 0)});
    tells(tandem, "limit:a", 499, 500);
    server.command({"SET", "app:limit:a", state("bucket", now, 1000 * per_ms, 0)});
    tells(tandem, "limit:a#@wait", per_ms / 1000 - 60'000, per_ms / 1000);
    server.command({"SET", "app:limit:a", state("bucket", now - 2 * per_ms, 1000 * per_ms, 0)});
    holds(tandem, {{"get limit:a", told("limit:a", "0")}, {"incr limit:a 1", "1"}});
  }
}

TEST_CASE("a sliding limit gives back what the last window has counted, too") {
  redis_server server;
  tandem_daemon const tandem(with_structures(server, limits("sliding", 1000)));
  server.command({"SET", "app:limit:a", state("sliding", window_start(), 3, 500)});
  holds(tandem, {{"decr limit:a 503", "0"}});
  CHECK(server.command({"GET", "app:limit:a"}).text == state("sliding", window_start(), 0, 0));
}

TEST_CASE("a clock that is behind does not begin a window anew") {
  for (std::string const algorithm : {"fixed", "sliding"}) {
    INFO(algorithm);
    redis_server server;
    tandem_daemon const tandem(with_structures(server, limits(algorithm, 10)));
    server.command({"SET", "app:limit:a", state(algorithm, window_start() + per_ms, 10, 0)});
    holds(tandem, {{"incr limit:a 1", "11"}});
  }
  redis_server server;
  tandem_daemon const tandem(with_structures(server, limits("bucket", 10)));
  server.command({"SET", "app:limit:a", state("bucket", now_ms() + per_ms, 10 * per_ms, 0)});
  holds(tandem, {{"incr limit:a 1", "11"}});
}

TEST_CASE("what is no rate limit is left alone, and another algorithm's is as if it had never been") {
  redis_server server;
  tandem_daemon const tandem(with_structures(server, limits("sliding", 10)));
  server.command({"SET", "app:limit:s", "text"});
  server.command({"RPUSH", "app:limit:l", "text"});
  for (auto const& [key, type] : {std::pair("limit:s", "string"), std::pair("limit:l", "list")}) {
    for (std::string const& said :
         {fmt::format("incr {} 1", key), fmt::format("decr {} 1", key), fmt::format("get {}", key),
          stored(key, "1"), fmt::format("add {} 0 0 1\r\n1", key), fmt::format("get {}#@left", key)}) {
      INFO(said);
      CHECK(tandem.converse(said + "\r\n") ==
            fmt::format("SERVER_ERROR backend store: key holds a Redis {}\r\n", type));
    }
  }
  CHECK(server.command({"GET", "app:limit:s"}).text == "text");
  server.command({"SET", "app:limit:a", state("fixed", window_start(), 10, 0)});
  holds(tandem, {{"get limit:a", "END"}, {"incr limit:a 1", "1"}});
  holds(tandem, {{"incr limit:a#x 1",
                  "CLIENT_ERROR incr of a part is not possible for a rate limit (rule prefix \"limit:\")"},
                 {"touch limit:a 60",
                  "CLIENT_ERROR touch is not possible for a rate limit (rule prefix \"limit:\")"}});
}

TEST_CASE("through two daemons exactly as much is let through as the limit says") {
  for (std::string const algorithm : {"fixed", "sliding", "bucket"}) {
    INFO(algorithm);
    redis_server server;
    std::string const configuration = with_structures(server, limits(algorithm, 1000));
    tandem_daemon const one(configuration), other(configuration);
    std::map<std::string, int> answers = answers_of({&one, &other}, 16, 500);
    CHECK(answers["1001"] == 16 * 500 - 1000);
    answers.erase("1001");
    int outside = 0, repeated = 0;
    for (auto const& [answer, times] : answers) {
      bool const number = answer.find_first_not_of("0123456789") == std::string::npos;
      if (!number || std::stoi(answer) < 1 || std::stoi(answer) > 1000) ++outside;
      if (times != 1) ++repeated;
    }
    CHECK(answers.size() == 1000);
    CHECK(outside == 0);
    CHECK(repeated == 0);
  }
}

TEST_CASE("frameworks that limit by counters of memcached do so by a rate limit") {
  redis_server server;
  tandem_daemon const tandem(
      with_structures(server, "  - {glob: \"limit:*:timer\", to: store}\n" + limits("fixed", 2)));
  SECTION("Django-ratelimit: add with the first request, and incr if that is not the first") {
    holds(tandem, {{"add limit:dj 2 61 1\r\n1", "STORED"},
                   {"add limit:dj 2 61 1\r\n1", "NOT_STORED"},
                   {"incr limit:dj 1", "2"},
                   {"add limit:dj 2 61 1\r\n1", "NOT_STORED"},
                   {"incr limit:dj 1", "3"}});
  }
  SECTION("Django-ratelimit that only looks: add of 0, and get") {
    holds(tandem, {{"add limit:look 2 61 1\r\n0", "STORED"},
                   {"add limit:look 2 61 1\r\n0", "NOT_STORED"},
                   {"get limit:look", told("limit:look", "0")}});
  }
  SECTION("Rack::Attack: a binary increment that begins with what it adds") {
    binary_client client(tandem.connect());
    CHECK(counted(client, opcode_increment, "limit:rack", 1, 1) == 1);
    CHECK(counted(client, opcode_increment, "limit:rack", 1, 1) == 2);
    CHECK(counted(client, opcode_increment, "limit:rack", 1, 1) == 3);
    CHECK(counted(client, opcode_decrement, "limit:rack", 1, 0) == 1);
  }
  SECTION("Rack::Attack by dalli's meta protocol") {
    holds(tandem, {{"ma limit:meta v D1 J1 N60 MI", "VA 1\r\n1"},
                   {"ma limit:meta v D1 J1 N60 MI", "VA 1\r\n2"},
                   {"ma limit:meta v D1 J1 N60 MI", "VA 1\r\n3"},
                   {"ma limit:meta v D1 J0 N60 MD", "VA 1\r\n1"}});
  }
  SECTION("Laravel: a timer that is an item, add of 0, incr, and get") {
    holds(tandem, {{"add limit:l:timer 1 60 10\r\n1764437000", "STORED"},
                   {"add limit:l 1 60 1\r\n0", "STORED"},
                   {"incr limit:l 1", "1"},
                   {"get limit:l", told("limit:l", "1")},
                   {"add limit:l:timer 1 60 10\r\n1764437001", "NOT_STORED"},
                   {"add limit:l 1 60 1\r\n0", "NOT_STORED"},
                   {"incr limit:l 1", "2"},
                   {"incr limit:l 1", "3"},
                   {"get limit:l", told("limit:l", "2")},
                   {"get limit:l:timer", "VALUE limit:l:timer 1 10\r\n1764437000\r\nEND"},
                   {"delete limit:l", "DELETED"},
                   {"get limit:l", "END"}});
  }
}
