// Sentinels that are played, the process' belief, the directory of a worker, and a route that asks through it.
#include "backend/redis/sentinel/sentinel_watch.hpp"

#include "backend/redis/invalidation/subscriber.hpp"
#include "backend/redis/redis_route.hpp"
#include "backend/redis/sentinel/sentinel_directory.hpp"
#include "support/catch.hpp"
#include "unit/backend/redis/sentinel/played_sentinels.hpp"
#include "unit/model/requests.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace tandem::backend::redis {
namespace {

using model::verb;
using model::tests::ask;
using test::array_of;
using test::bulk;
using test::under_way;
using heard = std::vector<std::string>;

/// Servers 0 to 2 are Sentinels, 3 and 4 Redis servers.
struct stand : test::played_sentinels, model::invalidation_sink {
  stand() : played_sentinels(3, 2) {
    for (view& each : says) each = {.master = 3, .epoch = 1};
  }

  void invalidate(model::invalidation const& what) override {
    CHECK(what.what == model::invalidation::extent::everything);
    ++told;
  }

  void watch() { sees.emplace(settings(), *this); }
  void route() { asks.emplace("store", options, upstream, around, flushes, belief); }
  bool believes(std::size_t server) {
    return until([&] { return belief->master() && *belief->master() == servers[server]->where(); });
  }
  void all_say(std::size_t master, std::uint64_t epoch) {
    for (view& each : says) each = {.master = master, .epoch = epoch};
  }
  std::string told_by_store(model::request const& asked) { return told_by(*asks, asked); }
  double switches() const { return registry.total(metrics::master_switches_total); }
  /// On the connection that is subscribed.
  void announce(std::size_t sentinel, std::string const& words) {
    for (std::size_t each = 0; each < servers[sentinel]->connections(); ++each)
      servers[sentinel]->connection(each).say(
          array_of({bulk("message"), bulk("+switch-master"), bulk(words)}));
  }
  std::size_t times_asked(std::size_t sentinel) const {
    return static_cast<std::size_t>(std::ranges::count(servers[sentinel]->heard, "SENTINEL MASTER main"));
  }

  int told = 0;
  flush_gate flushes;
  std::optional<sentinel_watch> sees;
  std::optional<redis_route> asks;
};

}  // namespace

TEST_CASE("Sentinels are asked and subscribed to, and the first master is no switch") {
  stand test;
  test.watch();
  REQUIRE(test.believes(3));
  REQUIRE(test.until(
      [&] { return std::ranges::count(test.servers[0]->heard, "SUBSCRIBE +switch-master") == 1; }));
  CHECK(test.switches() == 0);
  CHECK(test.told == 0);
}

TEST_CASE("Sentinels are signed in to by their own name and password") {
  stand test;
  test.options.username = "redis";
  test.options.password = base::secret("other");
  test.options.sentinel.username = "s";
  test.options.sentinel.password = base::secret("secret");
  for (std::size_t each = 0; each < 3; ++each) {
    test.servers[each]->greeting = [](std::string const& command) {
      return command == "AUTH s secret" ? "+OK\r\n" : command.starts_with("AUTH") ? "-WRONGPASS no\r\n" : "";
    };
  }
  test.watch();
  REQUIRE(test.believes(3));
}

TEST_CASE("a request waits until a master is known, and goes there") {
  stand test;
  test.route();
  CHECK(test.belief->master() == std::nullopt);
  under_way early(ask(verb::get, "k"),
                  [&](model::request const& sent) { return test.asks->handle(sent, test.context); });
  test.watch();
  REQUIRE(test.until([&] { return early.done(); }));
  CHECK(early.words() == "ok '3'");
  CHECK(test.told_by_store(ask(verb::get, "k")) == "ok '3'");
}

TEST_CASE(
    "a switch is one line of the log, counts, outdates everything and leads requests to the new master") {
  stand test;
  test.route();
  test.watch();
  REQUIRE(test.believes(3));
  CHECK(test.told_by_store(ask(verb::get, "k")) == "ok '3'");
  test.all_say(4, 2);
  test.announce(1, "main h 1 h 2");
  REQUIRE(test.believes(4));
  CHECK(test.told == 1);
  CHECK(test.switches() == 1);
  CHECK(test.told_by_store(ask(verb::get, "k")) == "ok '4'");
}

TEST_CASE("what is announced of another master's name is nobody's concern here") {
  stand test;
  test.watch();
  REQUIRE(test.believes(3));
  REQUIRE(test.until(
      [&] { return std::ranges::count(test.servers[0]->heard, "SUBSCRIBE +switch-master") == 1; }));
  auto const stand_at = test.loop.now();
  REQUIRE(test.until([&] { return test.loop.now() - stand_at >= 200ms; }));  // no doubt is left
  std::size_t const rounds = test.times_asked(2);
  REQUIRE(test.until([&] { return test.times_asked(2) > rounds; }));
  auto const begun = test.loop.now();
  test.all_say(4, 2);
  test.announce(0, "mainly h 1 h 2");
  REQUIRE(test.believes(4));
  CHECK(test.loop.now() - begun >= 300ms);  // when it was asked for anyway
}

TEST_CASE("the answer of a demoted master that comes after the switch is not taken") {
  stand test;
  test.route();
  test.watch();
  REQUIRE(test.believes(3));
  test.servers[3]->answer = [](std::string const&) { return ""; };
  under_way read(ask(verb::get, "k"),
                 [&](model::request const& sent) { return test.asks->handle(sent, test.context); });
  under_way count(model::tests::count(verb::increment, "n", 1),
                  [&](model::request const& sent) { return test.asks->handle(sent, test.context); });
  REQUIRE(test.until([&] { return test.servers[3]->heard.size() == 2; }));
  test.belief->believe(test.servers[4]->where());
  test.servers[3]->connection(0).say(bulk("stale") + ":1\r\n");
  REQUIRE(test.until([&] { return read.done() && count.done(); }));
  CHECK(read.words() == "ok '4'");
  CHECK(count.answer().failed());
  CHECK(count.answer().fate == model::fate::maybe);
}

TEST_CASE("at a switch what is under way at the demoted master ends without its answer") {
  stand test;
  test.route();
  test.watch();
  REQUIRE(test.believes(3));
  test.servers[3]->answer = [](std::string const&) { return ""; };
  under_way read(ask(verb::get, "k"),
                 [&](model::request const& sent) { return test.asks->handle(sent, test.context); });
  REQUIRE(test.until([&] { return test.servers[3]->heard.size() == 1; }));
  test.all_say(4, 2);
  test.belief->suspect();
  REQUIRE(test.until([&] { return read.done(); }));
  CHECK(read.words() == "ok '4'");
}

TEST_CASE("a node that says it is no master is not used, and the Sentinels are asked again") {
  stand test;
  test.roles[0] = "slave";
  test.route();
  test.watch();
  REQUIRE(test.believes(3));
  std::size_t const before = test.times_asked(0);
  under_way read(ask(verb::get, "k"),
                 [&](model::request const& sent) { return test.asks->handle(sent, test.context); });
  REQUIRE(test.until([&] { return test.times_asked(0) > before + 1; }));
  CHECK_FALSE(read.done());
  CHECK(test.servers[3]->heard.empty());
  test.all_say(4, 2);
  REQUIRE(test.until([&] { return read.done(); }));
  CHECK(read.words() == "ok '4'");
  CHECK(std::ranges::any_of(test.log.lines(), [](std::string const& each) {
    return each.find("it is not the master, its role is slave") != std::string::npos;
  }));
}

TEST_CASE("READONLY has the Sentinels asked, and the request goes to whoever is the master then") {
  stand test;
  test.route();
  test.watch();
  REQUIRE(test.believes(3));
  test.servers[3]->answer = [&](std::string const&) {
    test.all_say(4, 2);
    return "-READONLY You can't write against a read only replica.\r\n";
  };
  test.servers[4]->answer = [](std::string const&) { return "+OK\r\n"; };
  CHECK(test.told_by_store(ask(verb::set, "k", "v")) == "ok");
  CHECK(test.servers[4]->heard == heard{"SET k v"});
}

TEST_CASE("without an answer of any Sentinel an error says what was tried, and a known master stays") {
  stand test;
  test.upstream.timeout = 300ms;
  for (auto& each : test.says) each.instead = "-NOAUTH Authentication required.\r\n";
  test.route();
  test.watch();
  REQUIRE(test.until([&] { return test.belief->trouble().find(" yet") == std::string::npos; }));
  CHECK(test.told_by_store(ask(verb::get, "k")) ==
        fmt::format(
            "server error: backend store: no Sentinel names a master \"main\": {}: NOAUTH Authentication "
            "required.; {}: NOAUTH Authentication required.; {}: NOAUTH Authentication required.",
            test.address(0), test.address(1), test.address(2)));
  test.all_say(3, 1);
  REQUIRE(test.believes(3));
  for (auto& each : test.says) each.instead = "$-1\r\n";
  std::size_t const asked = test.times_asked(0);
  REQUIRE(test.until([&] { return test.times_asked(0) > asked; }));
  CHECK(test.told_by_store(ask(verb::get, "k")) == "ok '3'");
}

TEST_CASE(
    "the replicas that any Sentinel knows are told with the master, and those of a new master with it") {
  stand test;
  test.says[0].replicas = {4};
  test.says[1].replicas = {4, 2, 3};  // and the master, as if it were a replica still
  test.watch();
  REQUIRE(test.until([&] { return test.belief->replicas().size() == 2; }));
  std::uint64_t const version = test.belief->version();
  std::size_t const asked = test.times_asked(0);
  REQUIRE(test.until([&] { return test.times_asked(0) > asked + 1; }));
  CHECK(test.belief->version() == version);
  test.all_say(4, 2);
  REQUIRE(test.believes(4));
  CHECK(test.until([&] { return test.belief->replicas().empty(); }));
}

TEST_CASE("explain names the master and the Sentinels, and the server once it is known") {
  stand test;
  test.route();
  model::explanation where;
  test.asks->explain("k", where);
  std::string const sentinels =
      fmt::format("master main of Sentinels {}, {}, {}", test.address(0), test.address(1), test.address(2));
  CHECK(where.destination == sentinels);
  model::explanation now;
  now.of = model::explanation::scope::now;
  test.asks->explain("k", now);
  CHECK(now.destination == sentinels + " (no Sentinel has been asked yet)");
  CHECK_FALSE(now.serves);
  test.belief->believe(test.servers[3]->where());
  test.asks->explain("k", now);
  CHECK(now.destination == sentinels + ", server " + test.address(3));
  CHECK(now.serves);
  CHECK(test.told_by_store(ask(verb::get, "k")) == "ok '3'");
  for (model::explanation* each : {&where, &now}) {
    test.asks->explain("k", *each);
    CHECK(each->destination == sentinels + ", server " + test.address(3));
  }
}

TEST_CASE("flush_all goes to the present master") {
  stand test;
  test.options.flush = flush_policy::flushdb;
  test.servers[3]->answer = test.servers[4]->answer = [](std::string const&) { return "+OK\r\n"; };
  test.route();
  test.belief->believe(test.servers[3]->where());
  CHECK(test.told_by_store(ask(verb::flush, "")) == "ok");
  test.belief->believe(test.servers[4]->where());
  CHECK(test.told_by_store(ask(verb::flush, "")) == "ok");
  CHECK(test.servers[3]->heard == heard{"FLUSHDB ASYNC"});
  CHECK(test.servers[4]->heard == heard{"FLUSHDB ASYNC"});
}

TEST_CASE("a flush that was done by a master which is none any more has failed, and may have been done") {
  stand test;
  test.options.flush = flush_policy::flushdb;
  test.servers[3]->answer = [&](std::string const&) {
    test.belief->believe(test.servers[4]->where());
    return "+OK\r\n";
  };
  test.route();
  test.belief->believe(test.servers[3]->where());
  under_way flush(ask(verb::flush, ""),
                  [&](model::request const& sent) { return test.asks->handle(sent, test.context); });
  REQUIRE(test.until([&] { return flush.done(); }));
  CHECK(flush.answer().failed());
  CHECK(flush.answer().fate == model::fate::maybe);
  CHECK(test.servers[4]->heard.empty());
}

TEST_CASE("a subscriber follows the master, and trusts nothing between the two") {
  stand test;
  for (std::size_t each : {std::size_t{3}, std::size_t{4}}) {
    test.servers[each]->answer = [](std::string const& command) {
      if (command == "PING") return array_of({bulk("pong"), bulk("")});
      return array_of({bulk("subscribe"), bulk("c"), ":1\r\n"});
    };
  }
  auto const trusted = [&] { return test.registry.total(metrics::invalidation_trusted) == 1; };
  subscriber const hears(test.settings(), subscription_options{"store", "c"}, test);
  CHECK_FALSE(trusted());
  test.belief->believe(test.servers[3]->where());
  REQUIRE(test.until([&] { return trusted() && test.told == 1; }));
  test.belief->believe(test.servers[4]->where());
  REQUIRE(test.until([&] { return !trusted(); }));
  REQUIRE(test.until([&] { return trusted() && test.told == 2; }));
  CHECK(test.servers[4]->heard == heard{"SUBSCRIBE c", "PING"});
}

}  // namespace tandem::backend::redis
