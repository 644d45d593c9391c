#include "unit/config/loading.hpp"

namespace tandem::config {

namespace {

using namespace tier;
using namespace std::chrono_literals;

/// The body of the backend "t" is in line 6, from column 15 on; it may name those below it.
std::string with_tiers(std::string const& body) {
  return "routes: [{to: t}]\nbackends:\n  near: {memory: {}}\n  pool: {memcached: {servers: [a:1]}}\n  far: "
         "{redis: "
         "{server: a:2}}\n  t: {tiered: {" +
         body + "}}\n  late: {memory: {}}\n";
}

tiered_options tiers(std::string const& body) {
  configuration const read = good(with_tiers(body));
  return std::get<tiered_options>(read.backends.at(3).kind);
}

std::string at(std::string const& column, std::string const& message) {
  return "t.yaml:6:" + column + ": backends.t.tiered" + message;
}

}  // namespace

TEST_CASE("two tiers take the defaults of everything else, and their tiers are in use") {
  tiered_options const read = tiers("l1: pool, l2: far");
  CHECK(read.l1 == "pool");
  CHECK(read.l2 == "far");
  CHECK(read.write == write_policy::through);
  CHECK(read.l1_ttl == 60s);
  CHECK(read.lease == 5s);
  CHECK(read.negative_ttl == 0s);
  CHECK(read.on_l2_failure == l2_failure::fail);
  CHECK(read.stale_for == 0s);
  CHECK(!read.queue);
  for (std::string const& warning : as_text(good(with_tiers("l1: pool, l2: far")).warnings)) {
    CHECK(warning.find("pool") == std::string::npos);
    CHECK(warning.find("far") == std::string::npos);
  }
}

TEST_CASE("each option of two tiers is read") {
  tiered_options const read = tiers(
      "l1: late, l2: far, write: back, l1_ttl: 5m, lease: 10s, negative_ttl: 2s, on_l2_failure: queue, "
      "stale_for: 2m, queue: {items: "
      "10, bytes: 1MiB, journal: {directory: /j, fsync: interval, damaged: skip}}");
  CHECK(read.l1 == "late");
  CHECK(read.write == write_policy::back);
  CHECK(read.l1_ttl == 300s);
  CHECK(read.lease == 10s);
  CHECK(read.negative_ttl == 2s);
  CHECK(read.on_l2_failure == l2_failure::queue);
  CHECK(read.stale_for == 120s);
  REQUIRE(read.queue);
  CHECK(read.queue->items == 10);
  CHECK(read.queue->bytes == 1048576);
  REQUIRE(read.queue->journal);
  CHECK(read.queue->journal->directory == "/j");
  CHECK(read.queue->journal->fsync == fsync_policy::interval);
  CHECK(read.queue->journal->damaged == damage_policy::skip);
  CHECK(tiers("l1: near, l2: far, lease: off").lease == 0s);
}

TEST_CASE("mistakes in two tiers are reported where they are") {
  std::string const bound = " needs a bound; add queue: {items: 100000, bytes: 64MiB}";
  check_each({
      {with_tiers("l1: t, l2: far"),
       {at("20", ".l1: \"t\" names itself, a cycle; write the name of another backend")}},
      {with_tiers("l1: nera, l2: far"),
       {at("20", ".l1: no backend is named \"nera\", did you mean \"near\"?")}},
      {with_tiers("l1: far, l2: far"),
       {at("20", ".l1: \"far\" cannot be L1; name a memcached or memory backend")}},
      {with_tiers("l1: near, l2: pool"),
       {at("30",
           ".l2: \"pool\" cannot be L2, for it does not tell an item's remaining time; name a redis "
           "backend")}},
      {with_tiers("l1: near, l2: far, write: back"), {at("42", ".write: \"back\"" + bound)}},
      {with_tiers("l1: near, l2: far, on_l2_failure: queue"),
       {at("50", ".on_l2_failure: \"queue\"" + bound)}},
      {with_tiers("l1: near, l2: far, write: back, queue: {journal: {directory: j, damaged: mend}}"),
       {at("89", ".queue.journal.damaged: unknown value \"mend\"; write one of refuse, skip")}},
      {with_tiers("l1: near, l2: far, queue: {}"),
       {at("42", ".queue: nothing is queued; write write: back or on_l2_failure: queue, or remove it")}},
      {with_tiers("l1: near, l2: far, lease: off, negative_ttl: 1s"),
       {at("61", ".negative_ttl: cannot be kept without leases; remove it, or lease: off")}},
      {with_tiers("l1: near, l2: far, lease: off, stale_for: 1s"),
       {at("58", ".stale_for: cannot be kept without leases; remove it, or lease: off")}},
      {with_tiers("l1: near, l2: far, l1_ttl: 1d, stale_for: 30d"),
       {at("58", ".stale_for: is more than 30d together with l1_ttl; make either shorter")}},
      {with_tiers("l1: near, l2: far, stale_for: soon"),
       {at("46", ".stale_for: \"soon\" is not a time; write a whole number with us, ms, s, m, h or d")}},
      {with_tiers("l1: near, l2: far, stale_for: -1s"),
       {at("46", ".stale_for: \"-1s\" is not a time; write a whole number with us, ms, s, m, h or d")}},
      {with_tiers("l1: near, l2: far, stale_for: 31d"),
       {at("46", ".stale_for: 31d is out of range; write 0s to 30d")}},
  });
}

TEST_CASE("two tiers that lack one, or have an option twice, are reported once") {
  CHECK(errors_of(with_tiers("l2: far")).size() == 1);
  CHECK(errors_of(with_tiers("l1: near")).size() == 1);
  CHECK(errors_of(with_tiers("l1: near, l1: near, l2: far")).size() == 1);
  CHECK(errors_of(with_tiers("l1: [near], l2: far")).size() == 1);
  CHECK(errors_of("routes: [{to: t}]\nbackends:\n  t: {tiered: 5}\n").size() == 1);
  CHECK(errors_of("routes: [{to: t}]\nbackends:\n  t: {tiered: {l1: t, l2: t}}\n").size() == 2);
}

TEST_CASE("times of two tiers have bounds") {
  for (std::string const option :
       {"l1_ttl: 0s", "l1_ttl: 31d", "lease: 0s", "lease: 2h", "negative_ttl: 31d"}) {
    CHECK(errors_of(with_tiers("l1: near, l2: far, " + option)).size() == 1);
  }
}

}  // namespace tandem::config
