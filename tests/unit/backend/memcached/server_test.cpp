#include "backend/memcached/server.hpp"

#include "support/catch.hpp"
#include "unit/backend/played_world.hpp"
#include "unit/model/requests.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace tandem::backend::memcached {
namespace {

using model::request;
using model::verb;
using model::want;
using model::tests::ask;
using model::tests::with_cas;
using test::under_way;

net::upstream_options quick() {
  net::upstream_options options;
  options.timeout = 2000ms;
  options.backoff_min = options.backoff_max = 1ms;
  return options;
}

/// A memcached that a test plays, and the server that speaks to it.
struct stand : test::played_world {
  explicit stand(std::string const& release = "1.6.38", net::upstream_options upstream = quick(),
                 std::size_t value_max = 100)
      : played_world(test::take_memcached_command),
        played(add_server()),
        patience(upstream.timeout),
        asked_of(around, {"pool", "s"}, link_terms{played.where(), upstream, value_max}) {
    played.listen();
    played.greeting = test::memcached_greeting(release);
  }

  under_way::start asking() {
    return [this](request const& sent) { return asked_of.ask(sent, context, {patience, &metrics}); };
  }
  std::string told(request const& what) {
    under_way one(what, asking());
    return until([&] { return one.done(); }) ? one.words() : "nothing came of it";
  }
  /// What is asked from then on is the first to be heard, and is not answered.
  void connect() {
    CHECK(told(ask(verb::remove, "other"), "NF\r\n") == "not found");
    played.heard.clear();
    played.answer = [](std::string const&) { return ""; };
  }
  /// With this answer to everything.
  std::string told(request const& what, std::string const& by_server) {
    played.answer = [by_server](std::string const&) { return by_server; };
    return told(what);
  }

  test::played_server& played;
  base::duration patience;
  backend::request_metrics metrics{worker_metrics, "pool"};
  server asked_of;
};

}  // namespace

TEST_CASE("nothing is said on a new connection before the release is known") {
  stand test;
  test.played.greeting = [](std::string const&) { return ""; };
  under_way one(ask(verb::get, "k"), test.asking());
  REQUIRE(test.until([&] { return !test.played.heard.empty(); }));
  test.loop.settle();
  test.played.play();
  CHECK(test.played.heard == std::vector<std::string>{"version"});
  test.played.connection(0).say("VERSION 1.6.38\r\n");
  REQUIRE(test.until([&] { return test.played.heard.size() == 2; }));
  CHECK(test.played.last() == "mg k v f");
  test.played.connection(0).say("VA 1 f0\r\nv\r\n");
  REQUIRE(test.until([&] { return one.done(); }));
  CHECK(one.words() == "ok 'v'");
  CHECK(one.answer().generation != 0);
  CHECK(test.asked_of.release("k").str() == "1.6.38");
}

TEST_CASE("each request goes as one meta command, and what it is answered becomes the response") {
  struct row {
    request asked;
    std::string sent, by_server, told;
  };
  std::vector<row> const rows{
      {ask(verb::get, "k"), "mg k v f", "VA 1 f5\r\nv\r\n", "ok 'v'"},
      {ask(verb::get, "k"), "mg k v f", "EN\r\n", "not found"},
      {ask(verb::set, "k", "v", 60), "ms k 1 T60 F0 'v'", "HD\r\n", "ok"},
      {ask(verb::add, "k", "v"), "ms k 1 T0 F0 ME 'v'", "NS\r\n", "not stored"},
      {with_cas(ask(verb::cas, "k", "v"), 7), "ms k 1 T0 F0 C7 'v'", "EX\r\n", "exists"},
      {ask(verb::remove, "k"), "md k", "NF\r\n", "not found"},
      {ask(verb::set, "k", "v"), "ms k 1 T0 F0 'v'", "SERVER_ERROR out of memory storing object\r\n",
       "server error: backend pool server s: out of memory storing object"},
      {ask(verb::set, "k", "v"), "ms k 1 T0 F0 'v'", "SERVER_ERROR object too large for cache\r\n",
       "too large"},
      {ask(verb::get, "k"), "mg k v f", "VA 101 f0\r\n" + std::string(101, 'v') + "\r\n",
       "server error: backend pool server s: the value has 101 bytes, more than limits.value"},
      {ask(verb::get, "k"), "mg k v f", "VA 200 f0\r\n" + std::string(200, 'v') + "\r\n",
       "server error: backend pool server s: the value has 200 bytes, more than limits.value"},
      {ask(verb::get, "k"), "mg k v f", "NS\r\n",
       "server error: backend pool server s: the server broke its protocol"},
      {ask(verb::get, "k"), "mg k v f", "VA 1 f0\r\nv\r\n", "ok 'v'"},
  };
  stand test;
  for (row const& each : rows) {
    INFO(each.sent << " -> " << each.by_server.substr(0, 60));
    CHECK(test.told(each.asked, each.by_server) == each.told);
    CHECK(test.played.last() == each.sent);
  }
  CHECK(test.played.connections() == 2);  // the second after what made no sense
  CHECK(test.registry.total(metrics::oversized_values_total) == 2);
}

TEST_CASE(
    "a request is sent again after its connection was lost, if twice is the same as once, and only once "
    "more") {
  struct row {
    request asked;
    std::size_t losses;
    std::string told;
    std::size_t heard;
  };
  std::string const lost = "server error: backend pool server s: ";
  std::vector<row> const rows{
      {ask(verb::get, "k"), 1, "ok", 2},
      {ask(verb::set, "k", "v"), 1, "ok", 2},
      {ask(verb::remove, "k"), 1, lost, 1},
      {ask(verb::get, "k"), 2, lost, 2},
      {ask(verb::add, "k", "v"), 1, lost, 1},
      {ask(verb::append, "k", "v"), 1, lost, 1},
      {with_cas(ask(verb::set, "k", "v"), 7), 1, lost, 1},
  };
  for (row const& each : rows) {
    INFO(model::traits(each.asked.command).name << ", lost " << each.losses << " times");
    stand test;
    test.connect();
    under_way one(each.asked, test.asking());
    for (std::size_t lost_so_far = 0; lost_so_far < each.losses; ++lost_so_far) {
      REQUIRE(test.until([&] { return test.played.heard.size() == lost_so_far + 1; }));
      if (lost_so_far + 1 == each.losses)
        test.played.answer = [](std::string const& command) {
          return command[1] == 'g' ? "VA 0 f0\r\n\r\n" : "HD\r\n";
        };
      test.played.connection(lost_so_far).close();
    }
    REQUIRE(test.until([&] { return one.done(); }));
    CHECK(one.words().substr(0, lost.size()) == each.told);
    CHECK(test.played.heard.size() == each.heard);
  }
}

TEST_CASE("a server that says nothing in time is named, and its late answer reaches nobody else") {
  stand test;
  test.connect();
  test.patience = 50ms;
  CHECK(test.told(ask(verb::get, "a"), "").starts_with("server error: backend pool server s: "));
  test.patience = 2000ms;
  under_way next(ask(verb::get, "b"), test.asking());
  REQUIRE(test.until([&] { return test.played.heard.size() == 2; }));
  test.played.connection(0).say("VA 1 f0\r\na\r\nVA 1 f0\r\nb\r\n");
  REQUIRE(test.until([&] { return next.done(); }));
  CHECK(next.words() == "ok 'b'");
}

TEST_CASE("a value that clients may not have is not told, even if it is as short as a number") {
  stand test("1.6.38", quick(), 10);
  std::string const told =
      "server error: backend pool server s: the value has 11 bytes, more than limits.value";
  CHECK(test.told(ask(verb::get, "k"), "VA 11 f0\r\nvvvvvvvvvvv\r\n") == told);
  CHECK(test.told(ask(verb::get, "k"), "VA 10 f0\r\nvvvvvvvvvv\r\n") == "ok 'vvvvvvvvvv'");
  CHECK(test.played.connections() == 1);
}

TEST_CASE("a request for the connection that an earlier answer came over goes over no other") {
  stand test;
  under_way first(ask(verb::get, "k"), test.asking());
  test.played.answer = [](std::string const&) { return "VA 1 f0\r\nv\r\n"; };
  REQUIRE(test.until([&] { return first.done(); }));
  request same = ask(verb::set, "k", "w");
  same.generation = first.answer().generation;
  CHECK(test.told(same, "HD\r\n") == "ok");
  test.played.connection(0).close();
  CHECK(test.told(ask(verb::get, "k"), "VA 1 f0\r\nv\r\n") == "ok 'v'");
  std::size_t const before = test.played.heard.size();
  CHECK(test.told(same, "HD\r\n") == "not stored");
  CHECK(test.played.heard.size() == before);
}

TEST_CASE("a flag that an older server does not know is refused by name, whether it is known before or not") {
  request hollow = ask(verb::remove, "k");
  hollow.options = model::option::hollow;
  request numbered = ask(verb::set, "k", "v");
  numbered.new_cas = 5;
  for (auto const& [flag, asked] : {std::pair("x", hollow), std::pair("E", numbered)}) {
    INFO(flag);
    std::string const refused =
        std::string("client error: flag ") + flag +
        " is not possible for backend pool server s: memcached 1.6.26 does not know it, 1.6.27 or newer does";
    stand older("1.6.26");
    for (int each = 0; each < 2; ++each) CHECK(older.told(asked, "HD\r\n") == refused);
    CHECK(older.played.heard.empty());  // but for mn
    stand newer("1.6.27");
    CHECK(newer.told(asked, "HD\r\n") == "ok");
  }
}

TEST_CASE("what is no memcached, or too old a one, is asked nothing") {
  struct row {
    std::string answer, told;
  };
  for (row const& each : {row{"VERSION 1.6.9", "memcached 1.6.9 is too old, 1.6.10 or newer is needed"},
                          row{"-ERR unknown command", "this is no memcached"},
                          row{"ERROR Too many open connections", "ERROR Too many open connections"}}) {
    INFO(each.answer);
    stand test;
    test.played.greeting = [&](std::string const& command) {
      return command == "version" ? each.answer + "\r\n" : "";
    };
    std::string const told = test.told(ask(verb::get, "k"));
    CHECK(told.starts_with("server error: backend pool server s: " + each.told));
    CHECK(test.played.heard.empty());
  }
}

TEST_CASE("one key's requests take one of several connections, and many keys take all of them") {
  net::upstream_options upstream = quick();
  upstream.connections = 3;
  stand test("1.6.38", upstream);
  for (int round = 0; round < 5; ++round) CHECK(test.told(ask(verb::remove, "same"), "HD\r\n") == "ok");
  CHECK(test.played.connections() == 1);
  for (int key = 0; key < 50; ++key)
    CHECK(test.told(ask(verb::remove, "key" + std::to_string(key)), "HD\r\n") == "ok");
  CHECK(test.played.connections() == 3);
}

TEST_CASE("a failure says whether the server may have executed the request") {
  struct row {
    std::string happens;
    request asked;
    std::string answer;                              // of the server; empty: none
    std::function<void(test::played_server&)> then;  // when it has heard the request
    model::fate fate;
  };
  auto const nothing = [](test::played_server&) {};
  auto const close = [](test::played_server& of) { of.connection(0).close(); };
  for (row const& each : {
           row{"an answer", ask(verb::set, "k", "v"), "HD\r\n", nothing, model::fate::yes},
           row{"a refusal", ask(verb::set, "k", "v"), "SERVER_ERROR no\r\n", nothing, model::fate::never},
           row{"silence", ask(verb::set, "k", "v"), "", nothing, model::fate::maybe},
           row{"garbage", ask(verb::set, "k", "v"), "?\r\n", nothing, model::fate::maybe},
           row{"nonsense", ask(verb::set, "k", "v"), "EN\r\n", nothing, model::fate::maybe},
           row{"the end of the connection", ask(verb::append, "k", "v"), "", close, model::fate::maybe},
       }) {
    INFO(each.happens);
    stand test;
    test.connect();
    if (each.happens == "silence") test.patience = 50ms;
    test.played.answer = [&each](std::string const&) { return each.answer; };
    under_way one(each.asked, test.asking());
    REQUIRE(test.until([&] { return !test.played.heard.empty(); }));
    each.then(test.played);
    REQUIRE(test.until([&] { return one.done(); }));
    CHECK(one.answer().fate == each.fate);
  }
}

TEST_CASE("what no server has heard was never executed, and what one may have heard before may have been") {
  stand test;
  SECTION("the server lets nobody in") {
    test.patience = 100ms;
    test.played.greeting = [](std::string const& command) { return command == "version" ? "ERROR\r\n" : ""; };
    under_way one(ask(verb::set, "k", "v"), test.asking());
    REQUIRE(test.until([&] { return one.done(); }));
    CHECK(one.answer().failed());
    CHECK(one.answer().fate == model::fate::never);
  }
  SECTION("the second try is refused") {
    under_way one(ask(verb::set, "k", "v"), test.asking());
    REQUIRE(test.until([&] { return !test.played.heard.empty(); }));
    test.played.answer = [](std::string const&) { return "SERVER_ERROR no\r\n"; };
    test.played.connection(0).close();
    REQUIRE(test.until([&] { return one.done(); }));
    CHECK(test.played.heard.size() == 2);
    CHECK(one.answer().failed());
    CHECK(one.answer().fate == model::fate::maybe);
  }
}

}  // namespace tandem::backend::memcached
