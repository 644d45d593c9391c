// What others change in Redis: L1 answers it no longer.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <string>

using namespace tandem::test;

namespace {

std::string configuration(std::string const& near, redis_server const& far, std::string const& invalidation) {
  return fmt::format(
      "backends:\n"
      "  near: {}\n"
      "  far: {{redis: {{server: \"{}\", encoding: plain, key_prefix: \"t:\"}}, timeout: 200ms}}\n"
      "  both: {{tiered: {{l1: near, l2: far, write: around}}}}\n"
      "{}routes:\n  - {{to: both}}\n",
      near, far.address(), invalidation);
}

std::string pool(memcached_server const& near) {
  return fmt::format("{{memcached: {{servers: [\"{}\"]}}, timeout: 200ms}}", near.address());
}

constexpr char channel[] = "invalidation:\n  - {redis: far, channel: changed}\n";
constexpr char tracking[] = "invalidation:\n  - {redis: far, tracking: true}\n";

std::string got(std::string const& key, std::string const& value) {
  return fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", key, value.size(), value);
}

bool answers(tandem_daemon const& tandem, std::string const& key, std::string const& value) {
  return wait_until([&] { return tandem.converse("get " + key + "\r\n") == got(key, value); });
}

/// The key is in Redis and L1, L1 answers it, and then Redis holds a newer value.
void outdate(tandem_daemon const& tandem, redis_server& far, std::string const& key) {
  REQUIRE(wait_until([&] { return tandem.metric("tandem_invalidation_trusted") == 1; }));
  far.command({"SET", "t:" + key, "old"});
  REQUIRE(answers(tandem, key, "old"));
  double const before = tandem.metric("tandem_tier_hits_total", {{"tier", "l1"}});
  REQUIRE(wait_until([&] {
    tandem.converse("get " + key + "\r\n");
    return tandem.metric("tandem_tier_hits_total", {{"tier", "l1"}}) > before;
  }));
  far.command({"SET", "t:" + key, "new"});
}

}  // namespace

TEST_CASE("a key that is published is read anew") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(configuration(pool(near), far, channel));
  outdate(tandem, far, "a:1");
  CHECK(tandem.converse("get a:1\r\n") == got("a:1", "old"));
  far.command({"PUBLISH", "changed", "a:1"});
  CHECK(answers(tandem, "a:1", "new"));
  CHECK(tandem.metric("tandem_invalidations_received_total", {{"source", "channel"}}) == 1);
}

TEST_CASE("a prefix that is published is read anew, from a pool and from the memory store") {
  memcached_server near;
  redis_server far;
  std::string const kind = GENERATE("pool", "memory");
  std::string const first = kind == "pool" ? pool(near) : "{memory: {size: 16MiB}}";
  tandem_daemon const tandem(configuration(first, far, channel));
  outdate(tandem, far, "a:1");
  far.command({"PUBLISH", "changed", "a:*"});
  CHECK(answers(tandem, "a:1", "new"));
}

TEST_CASE("a message that is no key is counted, and logged once per second at most") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(configuration(pool(near), far, channel));
  REQUIRE(wait_until([&] { return tandem.metric("tandem_invalidation_trusted") == 1; }));
  far.command({"PUBLISH", "changed", ""});
  far.command({"PUBLISH", "changed", "a b"});
  far.command({"PUBLISH", "changed", std::string(251, 'x')});
  CHECK(wait_until([&] { return tandem.metric("tandem_invalidation_bad_messages_total") == 3; }));
  std::string const log = tandem.log();
  std::string const words = "is neither a key nor a prefix";
  std::size_t const first = log.find(words);
  REQUIRE(first != std::string::npos);
  CHECK(log.find(words, first + 1) == std::string::npos);
}

TEST_CASE("a key that is written in Redis is read anew, where Redis tracks keys") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(configuration(pool(near), far, tracking));
  outdate(tandem, far, "a:1");
  CHECK(answers(tandem, "a:1", "new"));
  CHECK(tandem.metric("tandem_invalidations_received_total", {{"source", "tracking"}}) >= 1);
}

TEST_CASE("what may have been missed while the link was lost is read anew") {
  memcached_server near;
  redis_server far;
  std::string const source = GENERATE(as<std::string>(), channel, tracking);
  tandem_daemon const tandem(configuration(pool(near), far, source));
  outdate(tandem, far, "a:1");
  answers(tandem, "a:1", "new");
  far.kill();
  REQUIRE(wait_until([&] { return tandem.metric("tandem_invalidation_link_losses_total") == 1; }));
  far.start();
  far.command({"SET", "t:a:1", "newest"});
  REQUIRE(wait_until([&] { return tandem.metric("tandem_invalidation_trusted") == 1; }));
  CHECK(answers(tandem, "a:1", "newest"));
}
