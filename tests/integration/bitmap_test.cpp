// Bitmaps in Redis, as clients of memcached meet them.
#include "support/structures.hpp"

#include <algorithm>
#include <random>
#include <thread>

using namespace tandem::test;

namespace {

std::string const bits = "  - {prefix: \"seen:\", to: store, as: bitmap}\n";

}  // namespace

TEST_CASE("a bitmap has bits, which are 0 until they are set") {
  redis_server server;
  tandem_daemon const tandem(with_structures(server, bits));
  holds(tandem, {{"get seen:a#7", told("seen:a#7", "0")},
                 {"delete seen:a#7", "NOT_FOUND"},
                 {stored("seen:a#100000", "0"), "STORED"},
                 {"get seen:a#@count", told("seen:a#@count", "0")},
                 {"get seen:a#@first/0", told("seen:a#@first/0", "0")},
                 {"get seen:a#@first/1", "END"}});
  CHECK(server.command({"EXISTS", "app:seen:a"}).number == 0);
  holds(tandem, {{stored("seen:a#7", "1"), "STORED"},
                 {"add seen:a#7 0 0 1\r\n1", "NOT_STORED"},
                 {"add seen:a#9 0 0 1\r\n1", "STORED"},
                 {"get seen:a#7", told("seen:a#7", "1")},
                 {"get seen:a#8", told("seen:a#8", "0")},
                 {"get seen:a#@count", told("seen:a#@count", "2")},
                 {"get seen:a#@count/8/100", told("seen:a#@count/8/100", "1")},
                 {"get seen:a#@first/1", told("seen:a#@first/1", "7")},
                 {"delete seen:a#7", "DELETED"},
                 {"delete seen:a#7", "NOT_FOUND"},
                 {"get seen:a#@first/1", told("seen:a#@first/1", "9")},
                 {stored("seen:a#9", "0"), "STORED"},
                 {"get seen:a#@first/1", "END"},
                 {"touch seen:a 100", "TOUCHED"},
                 {"delete seen:a", "DELETED"}});
  server.command({"SET", "app:seen:full", "\xff\xff"});
  holds(tandem, {{"get seen:full#@first/0", told("seen:full#@first/0", "16")}});
}

TEST_CASE("bits are counted from one offset to another, whole bytes or not") {
  redis_server server;
  tandem_daemon const tandem(with_structures(server, bits));
  std::mt19937 chance(7);
  std::string bytes(12, '\0');
  std::ranges::generate(bytes, [&] { return static_cast<char>(chance()); });
  server.command({"SET", "app:seen:r", bytes});
  auto const is_set = [&](int at) {
    auto const byte = static_cast<std::size_t>(at / 8);
    return byte < bytes.size() && (static_cast<unsigned char>(bytes[byte]) >> (7 - at % 8) & 1) != 0;
  };
  text_client client = tandem.connect();
  int wrong = 0;
  for (int from = 0; from < 100; from += 3) {
    for (int to = std::max(0, from - 2); to < 110; ++to) {
      int expected = 0;
      for (int at = from; at <= to; ++at) expected += is_set(at) ? 1 : 0;
      std::string const key = fmt::format("seen:r#@count/{}/{}", from, to);
      if (client.converse("get " + key + "\r\n") != told(key, std::to_string(expected)) + "\r\n") ++wrong;
    }
  }
  CHECK(wrong == 0);
  holds(tandem, {{"get seen:r#@count/0/4294967295",
                  told("seen:r#@count/0/4294967295",
                       std::to_string(server.command({"BITCOUNT", "app:seen:r"}).number))}});
}

TEST_CASE("what is no bit is refused") {
  redis_server server;
  tandem_daemon const tandem(with_structures(server, bits));
  server.command({"RPUSH", "app:seen:l", "text"});
  std::string const wrong = "SERVER_ERROR backend store: key holds a Redis list";
  holds(tandem,
        {{"get seen:l#1", wrong},
         {stored("seen:l#1", "1"), wrong},
         {"delete seen:l#1", wrong},
         {"get seen:l#@count", wrong},
         {stored("seen:a#4294967296", "1"),
          "CLIENT_ERROR an offset that is no number from 0 to 4294967295 is not possible for a bitmap (rule "
          "prefix "
          "\"seen:\")"},
         {stored("seen:a#1", "2"),
          "CLIENT_ERROR a value other than 0 and 1 is not possible for a bitmap (rule prefix \"seen:\")"},
         {"get seen:a#4294967295", told("seen:a#4294967295", "0")}});
}

TEST_CASE("who is first to set a bit is told so, through two daemons") {
  redis_server server;
  tandem_daemon const one(with_structures(server, bits)), other(with_structures(server, bits));
  constexpr int clients = 8, offsets = 200;
  std::vector<int> firsts(clients);
  std::vector<std::thread> threads;
  for (int each = 0; each < clients; ++each) {
    threads.emplace_back(
        [&mine = firsts[static_cast<std::size_t>(each)], &tandem = each % 2 == 0 ? one : other] {
          text_client client = tandem.connect();
          for (int at = 0; at < offsets; ++at)
            mine += client.ask(fmt::format("add seen:hot#{} 0 0 1\r\n1\r\n", at)) == "STORED" ? 1 : 0;
        });
  }
  for (std::thread& each : threads) each.join();
  int all = 0;
  for (int const each : firsts) all += each;
  CHECK(all == offsets);
  CHECK(server.command({"BITCOUNT", "app:seen:hot"}).number == offsets);
}
