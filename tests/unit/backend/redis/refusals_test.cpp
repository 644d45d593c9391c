#include "backend/redis/refusals.hpp"

#include "support/catch.hpp"
#include "unit/net/event_loop.hpp"

#include <string>
#include <vector>

namespace tandem::backend::redis::tests {
namespace {

using model::verb;
using net::trouble_kind;
using protocol::redis::error_code;
using lines = std::vector<std::string>;
using enum refusals::effect;

struct house {
  explicit house(topology servers = topology::single) : seen(servers, loop.reactor(), here) {}

  /// The lines since the last call.
  lines said() { return std::exchange(said_, {}); }
  void pass(base::duration time) {
    loop.jump(time);
    loop.settle();
  }

  /// Another worker's view of the same server.
  refusals other() { return refusals(topology::single, loop.reactor(), elsewhere); }

  test::event_loop loop;
  metrics::registry registry;
  metrics::worker_metrics& worker_metrics = registry.add_worker();
  lines said_;
  net::server_health health{[this](base::log_level, std::string_view line) { said_.emplace_back(line); }};
  net::watched_server here{health, worker_metrics, {"b", "s"}};
  net::watched_server elsewhere{health, worker_metrics, {"b", "s"}};
  refusals seen;
};

constexpr auto moment = refusals::moment;
std::string const well = "backend b server s is well again";

}  // namespace

TEST_CASE("which trouble each error begins, and what ends it") {
  struct event {
    verb command;
    refusals::effect what = done;
  };
  struct example {
    error_code code;
    std::string words;
    std::string effect;  // empty: it is no trouble
    std::vector<event> leave;
    event end{verb::get};
    bool in_cluster = true;
  };
  std::string const writes = "refuses writes: ";
  for (auto const& each : {
           example{error_code::out_of_memory,
                   "OOM",
                   writes + "OOM",
                   {{verb::get}, {verb::remove}, {verb::touch}, {verb::set, nothing_to_do}},
                   {verb::append}},
           example{error_code::misconfigured,
                   "MISCONF",
                   writes + "MISCONF",
                   {{verb::get}, {verb::remove, nothing_to_do}},
                   {verb::remove}},
           example{
               error_code::no_replicas, "NOREPLICAS", writes + "NOREPLICAS", {{verb::get}}, {verb::touch}},
           example{error_code::read_only,
                   "READONLY",
                   writes + "READONLY",
                   {{verb::get}, {verb::add, nothing_to_do}},
                   {verb::increment},
                   false},
           example{error_code::master_down,
                   "MASTERDOWN",
                   "is down: MASTERDOWN",
                   {},
                   {verb::get, nothing_to_do},
                   false},
           example{error_code::loading, "LOADING", "is down: LOADING", {}, {verb::get}},
           example{error_code::not_signed_in, "NOAUTH", "is down: NOAUTH", {}, {verb::get}},
           example{error_code::no_permission,
                   "NOPERM",
                   "refuses requests: set: NOPERM",
                   {{verb::get}, {verb::add}},
                   {verb::set}},
           example{error_code::moved, "MOVED 1 h:1", "", {}},
           example{error_code::ask, "ASK 1 h:1", "", {}},
           example{error_code::try_again, "TRYAGAIN", "", {}},
           example{error_code::cluster_down, "CLUSTERDOWN", "", {}},
           example{error_code::no_script, "NOSCRIPT", "", {}},
           example{error_code::wrong_type, "WRONGTYPE", "", {}},
           example{error_code::too_large, "ERR too large", "", {}},
           example{error_code::other, "ERR", "", {}},
       }) {
    INFO(each.words);
    for (topology const servers : {topology::single, topology::cluster}) {
      house test(servers);
      test.seen.refused(each.code, each.words, verb::set);
      bool const trouble = !each.effect.empty() && (each.in_cluster || servers == topology::single);
      CHECK(test.said() == (trouble ? lines{"backend b server s " + each.effect} : lines{}));
      CHECK(test.seen.any() == trouble);
      if (!trouble) continue;
      test.pass(2 * moment);
      for (event const& other : each.leave) test.seen.did_well(other.command, other.what);
      test.pass(2 * moment);
      CHECK(test.said().empty());
      test.seen.did_well(each.end.command, each.end.what);
      CHECK(test.said() == lines{well});
      CHECK_FALSE(test.seen.any());
    }
  }
}

TEST_CASE("the same trouble is told once, however often it is met and whatever a script adds") {
  house test;
  for (int i = 0; i < 5; ++i)
    test.seen.refused(error_code::out_of_memory, "OOM no. script: f_1", verb::append);
  test.seen.refused(error_code::out_of_memory, "OOM no.", verb::set);
  CHECK(test.said() == lines{"backend b server s refuses writes: OOM no."});
}

TEST_CASE("what is refused now and then is one trouble") {
  house test;
  for (int i = 0; i < 20; ++i) {
    test.seen.refused(error_code::no_permission, "NOPERM this key", verb::set);
    test.seen.did_well(verb::set, done);
    test.pass(moment / 2);
  }
  CHECK(test.said().size() == 1);
  CHECK(test.seen.any());
}

TEST_CASE("a trouble that was over within a moment is told to be when the moment is") {
  house test;
  test.seen.refused(error_code::out_of_memory, "OOM", verb::set);
  test.seen.did_well(verb::set, done);
  CHECK(test.said().size() == 1);
  CHECK(test.loop.until([&] { return !test.seen.any(); }));
  CHECK(test.said() == lines{well});
}

TEST_CASE("troubles of several kinds are over one by one, and the server is well after the last") {
  house test;
  test.seen.refused(error_code::out_of_memory, "OOM", verb::set);
  test.seen.refused(error_code::no_permission, "NOPERM", verb::get);
  test.seen.refused(error_code::no_permission, "NOPERM", verb::touch);
  CHECK(test.said().size() == 3);
  test.pass(2 * moment);
  test.seen.did_well(verb::set, done);
  test.seen.did_well(verb::get, nothing_to_do);
  CHECK(test.said().empty());
  test.seen.did_well(verb::touch, done);
  CHECK(test.said() == lines{well});
}

TEST_CASE(
    "a trouble is over when another worker's command shows it, be it that this one asks nothing any more") {
  house test;
  refusals other = test.other();
  test.seen.refused(error_code::out_of_memory, "OOM", verb::set);
  CHECK(test.said().size() == 1);
  CHECK(other.any());
  test.pass(2 * moment);
  other.did_well(verb::get, done);
  test.pass(2 * moment);
  CHECK(test.said().empty());
  other.did_well(verb::set, done);
  CHECK(test.loop.until([&] { return !test.seen.any(); }));
  CHECK(test.said() == lines{well});
  CHECK_FALSE(other.any());
}

TEST_CASE("a server that is not asked any more withdraws without a word") {
  house test;
  test.seen.refused(error_code::out_of_memory, "OOM", verb::set);
  test.said();
  test.seen.forget();
  CHECK_FALSE(test.seen.any());
  CHECK(test.said().empty());
}

}  // namespace tandem::backend::redis::tests
