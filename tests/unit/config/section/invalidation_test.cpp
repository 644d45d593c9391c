#include "unit/config/loading.hpp"

namespace tandem::config {
namespace {

/// The entry is in line 6, from column 5 on.
std::string with_entry(std::string const& entry) {
  return "routes: [{to: t}]\nbackends:\n  far: {redis: {server: a:2}}\n"
         "  t: {tiered: {l1: pool, l2: far}}\n"
         "  pool: {memcached: {servers: [a:1]}}\n"
         "invalidation: [" +
         entry + "]\n";
}

}  // namespace

TEST_CASE("a channel and tracking are read, each an entry of its own") {
  configuration const read = good(with_entry("{redis: far, channel: changed}, {redis: far, tracking: true}"));
  REQUIRE(read.invalidation.size() == 2);
  CHECK(read.invalidation[0].backend == "far");
  CHECK(read.invalidation[0].channel == "changed");
  CHECK_FALSE(read.invalidation[0].tracking());
  CHECK(read.invalidation[1].tracking());
  CHECK(good(memory_backend).invalidation.empty());
}

TEST_CASE("a memory backend has copies of any redis") {
  good(
      "routes: [{prefix: a, to: far}, {to: m}]\nbackends: {far: {redis: {server: a:2}}, m: {memory: {}}}\n"
      "invalidation: [{redis: far, channel: c}]\n");
}

TEST_CASE("mistakes in the invalidation section are reported") {
  check_each({
      {with_entry("{redis: fa, channel: c}"),
       {"t.yaml:6:24: invalidation[0].redis: no backend is named \"fa\", did you mean \"far\"?"}},
      {with_entry("{redis: pool, channel: c}"),
       {"t.yaml:6:24: invalidation[0].redis: \"pool\" is not a redis backend; name one"}},
      {with_entry("{channel: c}"),
       {"t.yaml:6:16: invalidation[0]: \"redis\" is missing; name a redis backend"}},
      {with_entry("{redis: far}"),
       {"t.yaml:6:16: invalidation[0]: has neither channel nor tracking; add channel: NAME or tracking: "
        "true"}},
      {with_entry("{redis: far, channel: c, tracking: true}"),
       {"t.yaml:6:38: invalidation[0].channel: an entry has a channel or tracking; make two entries of it"}},
      {with_entry("{redis: far, tracking: false}"),
       {"t.yaml:6:39: invalidation[0].tracking: write true, or a channel instead"}},
      {with_entry("{redis: far, tracking: yes}"),
       {"t.yaml:6:39: invalidation[0].tracking: unknown value \"yes\"; write one of true, false"}},
      {with_entry("{redis: far, channel: ''}"),
       {"t.yaml:6:38: invalidation[0].channel: is empty; name a channel"}},
      {with_entry("{redis: far, chanel: c}"),
       {"t.yaml:6:29: invalidation[0]: unknown key \"chanel\", did you mean \"channel\"?"}},
      {with_entry("far"),
       {"t.yaml:6:16: invalidation[0]: not a mapping; write {redis: NAME, channel: NAME} or {redis: NAME, "
        "tracking: true}"}},
      {with_entry("{redis: far, channel: c}, {redis: far, channel: c}"),
       {"t.yaml:6:42: invalidation[1]: the same as an entry above; remove one"}},
      {"routes: [{to: far}]\nbackends: {far: {redis: {server: a:2}}}\ninvalidation: [{redis: far, channel: "
       "c}]\n",
       {"t.yaml:3:24: invalidation[0].redis: nothing holds copies of \"far\"; name the l2 of a tiered "
        "backend, "
        "or remove it"}},
  });
}

}  // namespace tandem::config
