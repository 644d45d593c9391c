// What servers say of their replication, and how old what a replica tells may be by that.
#include "backend/redis/replicas/freshness.hpp"

#include "support/catch.hpp"

#include <string>

using namespace std::chrono_literals;

namespace tandem::backend::redis {
namespace {

replication_report master(std::uint64_t offset, std::string const& history = "h") {
  return {.replica = false, .linked = false, .history = history, .offset = offset};
}

replication_report replica(std::uint64_t offset, std::string const& history = "h") {
  return {.replica = true, .linked = true, .history = history, .offset = offset};
}

struct stand {
  static constexpr base::duration lag_max = 5s;

  master_progress progress{lag_max};
  replica_freshness fresh{lag_max};
  base::time_point now{1h};

  void both(std::uint64_t at_master, std::uint64_t at_replica) {
    progress.reported(master(at_master), now);
    fresh.reported(replica(at_replica), progress);
  }
};

std::string told(std::string const& text) {
  protocol::redis::reply made;
  made.kind = protocol::redis::reply_kind::string;
  made.text = base::slice::copy_of(text);
  auto const read = replication_report::read(made);
  if (!read) return read.error().message;
  return std::string(read->replica ? "replica " : "master ") + (read->linked ? "linked " : "") +
         read->history + " " + std::to_string(read->offset);
}

}  // namespace

TEST_CASE("of INFO replication the role, the link, the history and the offset are read") {
  CHECK(told("# Replication\r\nrole:master\r\nmaster_replid:abc\r\nmaster_repl_offset:12\r\n") ==
        "master abc 12");
  std::string const follows =
      "# Replication\r\nrole:slave\r\nmaster_link_status:up\r\nslave_repl_offset:7\r\n"
      "master_replid:abc\r\nmaster_repl_offset:8\r\n";
  CHECK(told(follows) == "replica linked abc 7");
  CHECK(told("role:slave\r\nmaster_link_status:down\r\nslave_repl_offset:7\r\nmaster_replid:abc\r\n") ==
        "replica abc 7");
  for (std::string const text :
       {"", "role:master", "role:master\r\nmaster_replid:abc\r\nmaster_repl_offset:x",
        "role:slave\r\nmaster_replid:abc\r\nmaster_repl_offset:1"}) {
    CHECK(told(text) == "no answer to INFO replication");
  }
}

TEST_CASE_METHOD(stand, "a replica that has what the master had is fresh for as long as it may lag") {
  CHECK_FALSE(fresh.asked());
  CHECK_FALSE(fresh.is_fresh(now));
  both(100, 100);
  CHECK(fresh.asked());
  CHECK(fresh.is_fresh(now));
  CHECK(fresh.is_fresh(now + lag_max));
  CHECK_FALSE(fresh.is_fresh(now + lag_max + 1ms));
}

TEST_CASE_METHOD(stand, "a replica is as fresh as the last moment of the master that it has come up to") {
  both(100, 100);
  for (int second = 1; second <= 4; ++second) {
    now += 1s;
    both(100 + 10 * static_cast<std::uint64_t>(second), 110);  // stands where the master was after one second
  }
  CHECK(fresh.is_fresh(now));
  CHECK(fresh.is_fresh(now + 2s));
  CHECK_FALSE(fresh.is_fresh(now + 2s + 1ms));
  CHECK(fresh.trouble() == "it lags behind for longer than max_lag");
  both(200, 200);
  CHECK(fresh.is_fresh(now + lag_max));
}

TEST_CASE_METHOD(stand, "an idle master keeps its replicas fresh, one that does not answer does not") {
  for (int second = 0; second < 60; ++second, now += 1s) {
    both(100, 100);
    REQUIRE(fresh.is_fresh(now));
  }
  for (int second = 0; second < 6; ++second, now += 1s) fresh.reported(replica(100), progress);
  CHECK_FALSE(fresh.is_fresh(now));
}

TEST_CASE_METHOD(
    stand, "a replica that was cut off, that is none, or that has another history is not fresh at once") {
  both(100, 100);
  replication_report cut = replica(100);
  cut.linked = false;
  fresh.reported(cut, progress);
  CHECK_FALSE(fresh.is_fresh(now));
  CHECK(fresh.trouble() == "it does not hear its master");
  both(100, 100);
  CHECK(fresh.is_fresh(now));
  fresh.reported(master(100), progress);
  CHECK_FALSE(fresh.is_fresh(now));
  CHECK(fresh.trouble() == "it is no replica");
  fresh.reported(replica(500, "other"), progress);
  CHECK_FALSE(fresh.is_fresh(now));
}

TEST_CASE_METHOD(stand,
                 "a master with another history, or one that counts anew, has its replicas compared anew") {
  both(100, 100);
  progress.reported(master(5, "next"), now);
  replica_freshness other(lag_max);
  other.reported(replica(100), progress);
  CHECK_FALSE(other.is_fresh(now));
  other.reported(replica(5, "next"), progress);
  CHECK(other.is_fresh(now));
  progress.reported(master(3, "next"), now + 1s);
  CHECK(progress.fresh_as_of(replica(4, "next")) == now + 1s);
  CHECK_FALSE(progress.fresh_as_of(replica(2, "next")));
}

TEST_CASE_METHOD(stand, "a failure leaves what was known, and says why it will be over") {
  both(100, 100);
  fresh.failed("refused");
  CHECK(fresh.is_fresh(now));
  CHECK(fresh.trouble() == "refused");
}

}  // namespace tandem::backend::redis
