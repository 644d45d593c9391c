#include "backend/redis/redis_route.hpp"

#include "protocol/redis/structures/structure.hpp"
#include "support/catch.hpp"
#include "unit/backend/redis/played_redis.hpp"
#include "unit/model/requests.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace tandem::backend::redis {
namespace {

using model::request;
using model::verb;
using model::tests::ask;
using model::tests::count;
using model::tests::with_cas;
using test::bulk;
using test::under_way;
using heard = std::vector<std::string>;

/// One Redis that is played, and a route to it.
struct stand : test::played_redis {
  explicit stand(redis_options const& more = {}) : played(add_redis()) {
    redis_options made = options;
    made.flush = more.flush;
    made.key_prefix = more.key_prefix;
    made.database = more.database;
    route.emplace("store", made, upstream, around, flushes);
  }

  under_way::start asking() {
    return [this](request const& sent) { return route->handle(sent, context); };
  }
  std::string told(request const& asked) { return told_by(*route, asked); }
  /// With these answers, one after another, and nothing else heard before.
  std::string told(request const& asked, std::vector<std::string> const& by_server) {
    played.heard.clear();
    played.answer = [by_server, next = std::size_t{0}](std::string const&) mutable {
      return next < by_server.size() ? by_server[next++] : std::string("-ERR no answer left\r\n");
    };
    return told(asked);
  }

  test::played_server& played;
  flush_gate flushes;
  std::optional<redis_route> route;
};

request from(std::uint32_t client, request asked) {
  asked.client = client;
  return asked;
}

}  // namespace

TEST_CASE(
    "each request goes as a command or a call of a script, and what that is answered becomes the response") {
  struct row {
    request asked;
    std::string sent, by_server, told;
  };
  std::vector<row> const rows{
      {ask(verb::get, "k"), "GET p:k", bulk("v"), "ok 'v'"},
      {ask(verb::get, "k"), "GET p:k", "$-1\r\n", "not found"},
      {ask(verb::set, "k", "v"), "SET p:k v", "+OK\r\n", "ok"},
      {ask(verb::set, "k", "v", 60), "SET p:k v EX 60", "+OK\r\n", "ok"},
      {ask(verb::remove, "k"), "DEL p:k", ":1\r\n", "ok"},
      {ask(verb::remove, "k"), "DEL p:k", ":0\r\n", "not found"},
      {ask(verb::get, "k"), "GET p:k", "+OK\r\n", "server error: {}: the server broke its protocol"},
      {ask(verb::get, "k"), "GET p:k", "-ERR no\r\n", "server error: {}: ERR no"},
  };
  redis_options options;
  options.key_prefix = "p:";
  stand test(options);
  for (row const& each : rows) {
    INFO(each.sent << " -> " << each.by_server);
    std::string const told = test.told(each.asked, {each.by_server});
    CHECK(told == fmt::format(fmt::runtime(each.told), test.label(0)));
    CHECK(test.played.heard == heard{each.sent});
  }
  CHECK(test.played.connections() == 2);  // the second after what made no sense
}

TEST_CASE("a script that the server has lost is sent along") {
  stand test;
  CHECK(test.told(count(verb::increment, "k", 5), {"-NOSCRIPT No matching script\r\n", bulk("12")}) ==
        "ok 12");
  REQUIRE(test.played.heard.size() == 2);
  CHECK(test.played.heard[0].starts_with("EVALSHA DIGEST 1 k "));
  CHECK(test.played.heard[1].starts_with("EVAL SCRIPT 1 k "));
  CHECK(test.told(count(verb::increment, "k", 5),
                  {"-NOSCRIPT No matching script\r\n", "-NOSCRIPT No matching script\r\n"})
            .starts_with("server error: "));
  CHECK(test.played.heard.size() == 2);
}

TEST_CASE("a key of another type is an error that says which") {
  stand test;
  CHECK(test.told(ask(verb::get, "k"), {"-WRONGTYPE Operation against a key\r\n", "+list\r\n"}) ==
        "server error: backend store: key holds a Redis list");
  CHECK(test.played.heard == heard{"GET k", "TYPE k"});
}

TEST_CASE("what may get better is tried again, and what never does is not") {
  struct row {
    std::string refusal;
    request asked;
    std::size_t times;
  };
  for (row const& each :
       {row{"-LOADING Redis is loading the dataset in memory\r\n", ask(verb::get, "k"), 2},
        row{"-LOADING Redis is loading the dataset in memory\r\n", count(verb::increment, "k", 1), 2},
        row{"-READONLY You can't write against a read only replica.\r\n", ask(verb::set, "k", "v"), 2},
        row{"-ERR unknown command\r\n", ask(verb::get, "k"), 1},
        row{"-NOPERM no\r\n", ask(verb::get, "k"), 1}}) {
    INFO(each.refusal);
    stand test;
    std::string const good = each.asked.command == verb::set ? "+OK\r\n" : bulk("7");
    std::string const told = test.told(each.asked, {each.refusal, good});
    CHECK(test.played.heard.size() == each.times);
    CHECK(told.starts_with(each.times == 2 ? "ok" : "server error: "));
  }
}

TEST_CASE("a set that the server has no room for removes the old item, and no other command does") {
  std::string const no_room = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
  stand test;
  CHECK(test.told(ask(verb::set, "k", "v"), {no_room, ":1\r\n"})
            .starts_with("server error: " + test.label(0) + ": OOM"));
  REQUIRE(test.played.heard.size() == 2);
  CHECK(test.played.heard[1].starts_with("EVALSHA DIGEST 1 k"));
  for (request const& each :
       {with_cas(ask(verb::set, "k", "v"), 5), ask(verb::append, "k", "v"), ask(verb::get, "k")}) {
    CHECK(test.told(each, {no_room}).starts_with("server error: "));
    CHECK(test.played.heard.size() == 1);
  }
}

TEST_CASE("the old item stays when a newer one has been sent meanwhile") {
  stand test;
  under_way first(from(1, ask(verb::set, "k", "a")), test.asking());
  REQUIRE(test.until([&] { return test.played.heard.size() == 1; }));
  under_way second(from(2, ask(verb::set, "k", "b")), test.asking());
  REQUIRE(test.until([&] { return test.played.heard.size() == 2; }));
  test.played.connection(0).say("-OOM command not allowed\r\n+OK\r\n");
  REQUIRE(test.until([&] { return first.done() && second.done(); }));
  CHECK(first.words().starts_with("server error: "));
  CHECK(second.words() == "ok");
  CHECK(test.told(ask(verb::get, "k"), {bulk("b")}) == "ok 'b'");
  CHECK(test.played.heard == heard{"GET k"});
}

TEST_CASE("commands of one client on one key stay in order while one of them is tried again") {
  stand test;
  test.played.answer = [&](std::string const& command) {
    if (command == "SET k a" && test.played.heard.size() == 1) return std::string("-LOADING not yet\r\n");
    return command.starts_with("SET") ? "+OK\r\n" : bulk("a");
  };
  under_way first(from(1, ask(verb::set, "k", "a")), test.asking());
  REQUIRE(test.told(from(2, ask(verb::get, "behind"))) == "ok 'a'");  // so that the first has been refused
  under_way second(from(1, ask(verb::get, "k")), test.asking());
  REQUIRE(test.until([&] { return second.done(); }));
  CHECK(first.words() == "ok");
  CHECK(test.played.heard == heard{"SET k a", "GET behind", "SET k a", "GET k"});
}

TEST_CASE("a write that a later command of its client has overtaken is not tried again") {
  stand test;
  under_way first(from(1, ask(verb::set, "k", "a")), test.asking());
  under_way second(from(1, ask(verb::get, "k")), test.asking());
  REQUIRE(test.until([&] { return test.played.heard.size() == 2; }));
  test.played.connection(0).say("-LOADING not yet\r\n" + bulk("old"));
  REQUIRE(test.until([&] { return first.done() && second.done(); }));
  CHECK(first.words() == "server error: " + test.label(0) + ": LOADING not yet");
  CHECK(second.words() == "ok 'old'");
  CHECK(test.played.heard.size() == 2);
}

TEST_CASE("a request whose connection is lost is sent again if twice is the same as once") {
  struct row {
    request asked;
    bool again;
  };
  for (row const& each :
       {row{ask(verb::get, "k"), true}, row{ask(verb::set, "k", "v"), true},
        row{count(verb::increment, "k", 1), false}, row{ask(verb::append, "k", "v"), false}}) {
    INFO(model::traits(each.asked.command).name);
    stand test;
    under_way one(each.asked, test.asking());
    REQUIRE(test.until([&] { return test.played.heard.size() == 1; }));
    bool const reads = each.asked.command == verb::get;
    test.played.answer = [reads](std::string const&) { return reads ? bulk("v") : std::string("+OK\r\n"); };
    test.played.connection(0).close();
    REQUIRE(test.until([&] { return one.done(); }));
    CHECK(one.words().starts_with(each.again ? "ok" : "server error: "));
    CHECK(test.played.heard.size() == (each.again ? 2 : 1));
  }
}

TEST_CASE(
    "nothing is counted twice, and no window begins twice, when the connection of a rate limit is lost") {
  struct row {
    request asked;
    bool again;
  };
  model::structure_options of;
  of.kind = model::rate_limit_options();
  for (row const& each : {row{ask(verb::get, "k"), true}, row{count(verb::increment, "k", 1), false},
                          row{count(verb::decrement, "k", 1), false}, row{ask(verb::add, "k", "1"), false},
                          row{ask(verb::set, "k", "1"), false}, row{ask(verb::remove, "k"), false}}) {
    INFO(model::traits(each.asked.command).name);
    stand test;
    redis_route limits("store", test.options, test.upstream, test.around, test.flushes, nullptr,
                       protocol::redis::make_structure("store", "rule", test.options.translation(), of));
    under_way one(each.asked, [&](request const& sent) { return limits.handle(sent, test.context); });
    REQUIRE(test.until([&] { return test.played.heard.size() == 1; }));
    test.played.answer = [](std::string const&) { return std::string(":1\r\n"); };
    test.played.connection(0).close();
    REQUIRE(test.until([&] { return one.done(); }));
    CHECK(one.words().starts_with(each.again ? "ok" : "server error: "));
    CHECK(test.played.heard.size() == (each.again ? 2 : 1));
  }
}

TEST_CASE("a failure says whether Redis may have executed the request") {
  struct row {
    std::string happens;
    std::string answer;  // of Redis; empty: none
    bool closes;         // when it has heard the request
    model::fate fate;
  };
  for (row const& each : {row{"an answer", ":1\r\n", false, model::fate::yes},
                          row{"a refusal", "-OOM no\r\n", false, model::fate::never},
                          row{"silence", "", false, model::fate::maybe},
                          row{"nonsense", "$1\r\nx\r\n", false, model::fate::maybe},
                          row{"the end of the connection", "", true, model::fate::maybe}}) {
    INFO(each.happens);
    stand test;
    test.played.answer = [&each](std::string const&) { return each.answer; };
    under_way one(ask(verb::remove, "k"), test.asking());
    REQUIRE(test.until([&] { return !test.played.heard.empty(); }));
    if (each.closes) test.played.connection(0).close();
    REQUIRE(test.until([&] { return one.done(); }));
    CHECK(one.answer().fate == each.fate);
  }
}

TEST_CASE("flush_all is refused, or empties the database, as the backend is told to") {
  stand refusing;
  CHECK(refusing.told(ask(verb::flush, "")) == "server error: flush_all is disabled for backend store");
  CHECK(refusing.played.heard.empty());
  redis_options options;
  options.flush = flush_policy::flushdb;
  stand willing(options);
  CHECK(willing.told(ask(verb::flush, ""), {"+OK\r\n"}) == "ok");
  REQUIRE(willing.played.heard.size() == 1);
  CHECK(willing.played.heard.front().starts_with("FLUSHDB"));
}

TEST_CASE("a Redis is reached when it answers, and does not say that it cannot yet") {
  stand test;
  CHECK(test.reaches(*test.route));
  test.played.greeting = [](std::string const& command) {
    return command == "PING" ? "-LOADING Redis is loading the dataset in memory\r\n" : "";
  };
  CHECK_FALSE(test.reaches(*test.route));
  CHECK(test.played.heard.empty());
}

TEST_CASE("explain names the key as it is stored, and the server") {
  redis_options options;
  options.key_prefix = "p:";
  stand test(options);
  model::explanation where;
  test.route->explain("k", where);
  CHECK(where.backend == "store");
  CHECK(where.key == "p:k");
  CHECK(where.destination == "server " + test.played.where().str());
  CHECK(test.played.connections() == 0);
}

}  // namespace tandem::backend::redis
