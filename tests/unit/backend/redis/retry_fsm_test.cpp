#include "backend/redis/retry_fsm.hpp"

#include "support/catch.hpp"

namespace tandem::backend::redis::tests {
namespace {

using base::error_kind;
using protocol::redis::error_code;

constexpr std::uint32_t random = 0xffffffff;

net::exchange_failure unsent(error_kind kind) { return {{kind, "reason"}, false}; }
net::exchange_failure sent(error_kind kind) { return {{kind, "reason"}, true}; }

struct repeatable {
  retry_fsm fsm{topology::cluster, true};

  next_move error(error_code code) { return fsm.on_error(code, random).what; }
  next_move failure(net::exchange_failure const& failed) { return fsm.on_failure(failed, random).what; }
};

struct unrepeatable : repeatable {
  unrepeatable() { fsm = retry_fsm(topology::cluster, false); }
};

struct alone : repeatable {
  alone() { fsm = retry_fsm(topology::single, true); }
};

}  // namespace

TEST_CASE_METHOD(unrepeatable, "redirections are followed, five at most") {
  CHECK(error(error_code::moved) == next_move::follow);
  CHECK(error(error_code::ask) == next_move::follow_asking);
  CHECK(error(error_code::moved) == next_move::follow);
  CHECK(error(error_code::ask) == next_move::follow_asking);
  CHECK(error(error_code::moved) == next_move::follow);
  CHECK(error(error_code::ask) == next_move::give_up);
}

TEST_CASE_METHOD(repeatable, "MOVED makes the map stale, ASK does not") {
  CHECK(fsm.on_error(error_code::moved, random).map_is_stale);
  CHECK_FALSE(fsm.on_error(error_code::ask, random).map_is_stale);
}

TEST_CASE_METHOD(alone, "a single server redirects nowhere") {
  CHECK(error(error_code::moved) == next_move::give_up);
}

TEST_CASE("what each error leads to") {
  struct example {
    error_code code;
    next_move single;
    next_move cluster;
    bool renews_single = false;
    bool renews_node = false;
  };
  using enum next_move;
  for (auto const& each : {
           example{error_code::read_only, pause, pause, true},
           example{error_code::master_down, pause, pause, true},
           example{error_code::not_signed_in, pause, pause, true, true},
           example{error_code::loading, pause, pause},
           example{error_code::try_again, pause, pause},
           example{error_code::cluster_down, pause, pause},
           example{error_code::no_script, send_body, send_body},
           example{error_code::wrong_type, find_type, find_type},
           example{error_code::out_of_memory, give_up, give_up},
           example{error_code::misconfigured, give_up, give_up},
           example{error_code::no_replicas, give_up, give_up},
           example{error_code::no_permission, give_up, give_up},
           example{error_code::sign_in_refused, give_up, give_up},
           example{error_code::too_large, give_up, give_up},
           example{error_code::other, give_up, give_up},
       }) {
    INFO("error " << static_cast<int>(each.code));
    // Whatever the request is: a refusal says that it was not executed.
    for (bool const repeatable : {false, true}) {
      step const alone = retry_fsm(topology::single, repeatable).on_error(each.code, random);
      step const node = retry_fsm(topology::cluster, repeatable).on_error(each.code, random);
      CHECK(alone.what == each.single);
      CHECK(alone.renew_link == each.renews_single);
      CHECK(node.what == each.cluster);
      CHECK(node.renew_link == each.renews_node);
    }
  }
}

TEST_CASE("where Sentinels name the master, they are asked about what another one would explain") {
  retry_fsm by_sentinels(topology::sentinel, true);
  for (error_code const each : {error_code::read_only, error_code::master_down, error_code::loading}) {
    step const next = by_sentinels.on_error(each, random);
    CHECK(next.what == next_move::pause);
    CHECK(next.map_is_stale);
    CHECK_FALSE(next.renew_link);
  }
  CHECK(by_sentinels.on_error(error_code::not_signed_in, random).renew_link);
  CHECK(by_sentinels.on_error(error_code::moved, random).what == next_move::give_up);
  CHECK(by_sentinels.on_no_node(random).map_is_stale);
  CHECK(by_sentinels.on_failure(unsent(error_kind::connect), random).what == next_move::pause);
  step const lost = by_sentinels.on_failure(sent(error_kind::connection_lost), random);
  CHECK(lost.what == next_move::repeat);
  CHECK(lost.map_is_stale);
  CHECK(by_sentinels.on_failure(sent(error_kind::timeout), random).map_is_stale);
}

TEST_CASE("what gets better by itself is waited for, longer each time") {
  for (error_code const code : {error_code::try_again, error_code::loading, error_code::cluster_down,
                                error_code::master_down, error_code::read_only}) {
    retry_fsm fsm(topology::cluster, false);
    step const first = fsm.on_error(code, random);
    step const second = fsm.on_error(code, random);
    CHECK(first.what == next_move::pause);
    CHECK(first.map_is_stale);
    CHECK(first.pause == std::chrono::milliseconds(10));
    CHECK(second.pause == std::chrono::milliseconds(20));
    for (int more = 0; more < 10; ++more) fsm.on_error(code, random);
    CHECK(fsm.on_error(code, random).pause == std::chrono::milliseconds(200));
    CHECK(fsm.on_error(code, 0).pause == std::chrono::milliseconds(100));
  }
}

TEST_CASE_METHOD(alone, "a single server that loads its data is waited for") {
  step const next = fsm.on_error(error_code::loading, random);
  CHECK(next.what == next_move::pause);
  CHECK_FALSE(next.map_is_stale);
}

TEST_CASE_METHOD(repeatable, "while no node is known, the map is fetched and waited for") {
  step const next = fsm.on_no_node(random);
  CHECK(next.what == next_move::pause);
  CHECK(next.map_is_stale);
}

TEST_CASE_METHOD(repeatable, "scripts, types and other errors") {
  CHECK(error(error_code::no_script) == next_move::send_body);
  CHECK(error(error_code::wrong_type) == next_move::find_type);
  CHECK(error(error_code::too_large) == next_move::give_up);
  CHECK(error(error_code::other) == next_move::give_up);
}

TEST_CASE_METHOD(repeatable, "a request lost with its connection goes out once more if it may be repeated") {
  CHECK(failure(sent(error_kind::connection_lost)) == next_move::repeat);
  CHECK(failure(sent(error_kind::connection_lost)) == next_move::give_up);
}

TEST_CASE_METHOD(unrepeatable, "a request that may have been executed is not repeated") {
  CHECK(failure(sent(error_kind::connection_lost)) == next_move::give_up);
  CHECK(failure(sent(error_kind::bad_reply)) == next_move::give_up);
}

TEST_CASE_METHOD(unrepeatable, "a request that was never written goes out again while the cluster mends") {
  CHECK(failure(unsent(error_kind::connection_lost)) == next_move::repeat);
  CHECK(failure(unsent(error_kind::connect)) == next_move::pause);
  CHECK(failure(unsent(error_kind::connection_lost)) == next_move::pause);
  CHECK(failure(unsent(error_kind::connect)) == next_move::pause);
  CHECK(failure(sent(error_kind::connection_lost)) == next_move::give_up);
}

TEST_CASE_METHOD(alone, "a single server that is down is not waited for") {
  CHECK(failure(unsent(error_kind::connect)) == next_move::give_up);
}

TEST_CASE_METHOD(alone, "a single server's lost connection is replaced once") {
  CHECK(failure(unsent(error_kind::connection_lost)) == next_move::repeat);
  CHECK(failure(unsent(error_kind::connection_lost)) == next_move::give_up);
}

TEST_CASE_METHOD(repeatable, "a time-out ends the request, and makes the map suspect") {
  step const next = fsm.on_failure(sent(error_kind::timeout), random);
  CHECK(next.what == next_move::give_up);
  CHECK(next.map_is_stale);
}

TEST_CASE_METHOD(repeatable, "an overload ends the request") {
  CHECK(failure(unsent(error_kind::overload)) == next_move::give_up);
}

TEST_CASE_METHOD(repeatable, "a node whose greeting failed may be about to lose its keys to another") {
  step const next = fsm.on_failure(unsent(error_kind::refused), random);
  CHECK(next.what == next_move::pause);
  CHECK(next.map_is_stale);
}

TEST_CASE_METHOD(alone, "a single server that refuses the greeting ends the request") {
  CHECK(failure(unsent(error_kind::refused)) == next_move::give_up);
}

}  // namespace tandem::backend::redis::tests
