// Structures of Redis, as clients of memcached meet them.
#include "support/structures.hpp"

#include <string>
#include <thread>
#include <vector>

using namespace tandem::test;

namespace {

std::string const boards =
    "  - {prefix: \"board:\", to: store, as: leaderboard}\n"
    "  - {prefix: \"race:\", to: store, as: {leaderboard: {keep: lowest}}}\n";

}  // namespace

TEST_CASE("a leaderboard is a sorted set, whose members have scores") {
  redis_server server;
  tandem_daemon const tandem(with_structures(server, boards));
  holds(
      tandem,
      {{stored("board:a#ann", "17"), "STORED"},
       {stored("board:a#bob", "1.5"), "STORED"},
       {"add board:a#ann 0 0 1\r\n1", "NOT_STORED"},
       {"add board:a#cid 0 0 2\r\n30", "STORED"},
       {"replace board:a#dan 0 0 2\r\n30", "NOT_STORED"},
       {"get board:a#zoe", "END"},
       {"get board:a#bob", told("board:a#bob", "1.5")},
       {"incr board:a#ann 5", "22"},
       {"incr board:a#new 7", "7"},
       {"incr board:a#bob 1", "CLIENT_ERROR cannot increment or decrement non-numeric value"},
       {"decr board:a#new 100", "0"},
       {"ma board:a#met N0 J100 D5 v", "VA 3\r\n100"},
       {"ma board:a#met N0 J100 D5 v", "VA 3\r\n105"},
       {"get board:a#@top/2",
        told("board:a#@top/2",
             R"([{"member":"met","score":105,"rank":1},{"member":"cid","score":30,"rank":2}])")},
       {"get board:a#@bottom/1", told("board:a#@bottom/1", R"([{"member":"new","score":0,"rank":5}])")},
       {"get board:a#@around/ann/1",
        told(
            "board:a#@around/ann/1",
            R"([{"member":"cid","score":30,"rank":2},{"member":"ann","score":22,"rank":3},{"member":"bob","score":1.5E0,"rank":4}])")},
       {"get board:a#@scores/1/25",
        told("board:a#@scores/1/25",
             R"([{"member":"ann","score":22,"rank":3},{"member":"bob","score":1.5E0,"rank":4}])")},
       {"get board:a#@bottom/2",
        told("board:a#@bottom/2",
             R"([{"member":"new","score":0,"rank":5},{"member":"bob","score":1.5E0,"rank":4}])")},
       {"get board:a#@around/met/1",
        told("board:a#@around/met/1",
             R"([{"member":"met","score":105,"rank":1},{"member":"cid","score":30,"rank":2}])")},
       {"get board:a#@rank/ann", told("board:a#@rank/ann", "3")},
       {"get board:a#@rank/zoe", "END"},
       {"get board:a#@around/zoe/1", "END"},
       {"get board:a#@count/20/200", told("board:a#@count/20/200", "3")},
       {"delete board:a#met", "DELETED"},
       {"delete board:a#met", "NOT_FOUND"},
       {"touch board:a 100", "TOUCHED"},
       {"touch board:b 100", "NOT_FOUND"}});
  CHECK(server.command({"TTL", "app:board:a"}).number == 100);
  CHECK(server.command({"ZSCORE", "app:board:a", "cid"}).text == "30");
  CHECK(tandem.metric("tandem_structure_requests_total",
                      {{"backend", "store"}, {"structure", "leaderboard"}, {"command", "incr"}}) == 5);
  CHECK(http_get(tandem.admin_port(), "/explain?key=board:a%23ann")
            .body.ends_with(" as \"app:board:a\" (leaderboard)\n"));
  holds(tandem, {{"touch board:a 0", "TOUCHED"}, {"delete board:a", "DELETED"}, {"get board:a", "END"}});
}

TEST_CASE("a score that cannot be counted on stays as it is") {
  redis_server server;
  tandem_daemon const tandem(with_structures(server, boards));
  std::string const refused = "CLIENT_ERROR cannot increment or decrement non-numeric value";
  for (std::string const score : {"-17", "1.5", "9007199254740992"}) {
    INFO(score);
    holds(tandem, {{stored("board:a#ann", score), "STORED"}, {"incr board:a#ann 1", refused}});
    CHECK(server.command({"ZSCORE", "app:board:a", "ann"}).text == score);
  }
  holds(tandem, {{stored("board:a#ann", "9007199254740991"), "STORED"},
                 {"incr board:a#ann 1", "9007199254740992"},
                 {"decr board:a#ann 1", "9007199254740991"}});
}

TEST_CASE("an answer that would be too long harms no other request") {
  redis_server server;
  tandem_daemon const tandem(with_structures(server, boards));
  server.command({"ZADD", "app:board:a", "1", std::string(17'000'000, 'm')});
  holds(tandem, {{"get board:a",
                  "CLIENT_ERROR an answer of more than 1048576 bytes is not possible for this rule "
                  "(answer_max); ask for less"},
                 {"get board:a#@top/0",
                  "CLIENT_ERROR a count that is no number above 0 is not possible for a "
                  "leaderboard (rule prefix \"board:\")"}});
}

TEST_CASE("a leaderboard may keep the lowest score, which is the best then") {
  redis_server server;
  tandem_daemon const tandem(with_structures(server, boards));
  holds(tandem,
        {{stored("race:1#ann", "50"), "STORED"},
         {stored("race:1#ann", "60"), "NOT_STORED"},
         {stored("race:1#ann", "40"), "STORED"},
         {stored("race:1#bob", "45"), "STORED"},
         {"get race:1",
          told("race:1", R"([{"member":"ann","score":40,"rank":1},{"member":"bob","score":45,"rank":2}])")}});
}

TEST_CASE("nothing of another structure is overwritten, and a flush takes structures, too") {
  redis_server server;
  tandem_daemon const tandem(with_structures(server, boards));
  server.command({"SET", "app:board:s", "text"});
  for (std::string const& each : {stored("board:s#a", "1"), std::string("incr board:s#a 1"),
                                  std::string("get board:s#a"), std::string("get board:s"),
                                  std::string("add board:s#a 0 0 1\r\n1"), std::string("delete board:s#a")}) {
    INFO(each);
    CHECK(tandem.converse(each + "\r\n") == "SERVER_ERROR backend store: key holds a Redis string\r\n");
  }
  CHECK(server.command({"GET", "app:board:s"}).text == "text");
  holds(tandem, {{stored("board:a#ann", "1"), "STORED"}, {"flush_all", "OK"}, {"get board:a#ann", "END"}});
  CHECK(server.command({"DBSIZE"}).number == 0);
}

TEST_CASE("no increment of a score is lost between two daemons") {
  redis_server server;
  tandem_daemon const one(with_structures(server, boards)), other(with_structures(server, boards));
  constexpr int clients = 8, increments = 500;
  std::vector<std::thread> threads;
  for (int each = 0; each < clients; ++each) {
    threads.emplace_back([&tandem = each % 2 == 0 ? one : other] {
      text_client client = tandem.connect();
      for (int turn = 0; turn < increments; ++turn) {
        client.send("incr board:hot#ann 1\r\n");
        client.read_until("\r\n");
      }
    });
  }
  for (std::thread& each : threads) each.join();
  CHECK(server.command({"ZSCORE", "app:board:hot", "ann"}).text == std::to_string(clients * increments));
}
