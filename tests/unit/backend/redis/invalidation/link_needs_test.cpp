#include "backend/redis/invalidation/link_needs.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

namespace tandem::backend::redis {
namespace {

net::endpoint at(std::uint16_t port) { return {"h", port, {}}; }

std::string ports(std::vector<net::endpoint> const& nodes) {
  std::string all;
  for (net::endpoint const& each : nodes) all += std::to_string(each.port) + " ";
  return all;
}

struct fixture {
  redis_options options;
  subscription_options channel{"b", "ch"};
  subscription_options tracking{"b", ""};
  std::uint16_t const slot = hashing::redis_slot("ch");

  fixture() {
    options.topology = topology::cluster;
    options.servers = {at(1), at(9)};
  }

  slot_map owned_by(std::uint16_t port, std::vector<std::uint16_t> const& others = {}) const {
    slot_map made;
    made.learn(slot, at(port));
    for (std::uint16_t each : others) made.learn(static_cast<std::uint16_t>(slot + each), at(each));
    return made;
  }
};

TEST_CASE_METHOD(fixture, "where Sentinels name the master, that is needed, once it is known") {
  options.topology = topology::sentinel;
  options.servers.clear();
  CHECK(needs_of(options, tracking, {}).needed.empty());
  link_needs const found = needs_of(options, channel, {}, at(7));
  CHECK(ports(found.needed) == "7 ");
  CHECK(found.scouts.empty());
}

TEST_CASE_METHOD(fixture, "a single server is what is needed") {
  options.topology = topology::single;
  options.servers = {at(5)};
  CHECK(ports(needs_of(options, channel, {}).needed) == "5 ");
  CHECK(needs_of(options, tracking, {}).scouts.empty());
}

TEST_CASE_METHOD(fixture, "before anybody has told of the slots, the configured nodes are asked") {
  link_needs const found = needs_of(options, tracking, {});
  CHECK(found.needed.empty());
  CHECK(ports(found.scouts) == "1 9 ");
}

TEST_CASE_METHOD(fixture, "a channel needs its slot's owner, tracking every master") {
  slot_map const view = owned_by(1, {2, 3});
  std::vector<slot_map const*> const views{&view};
  CHECK(ports(needs_of(options, channel, views).needed) == "1 ");
  CHECK(ports(needs_of(options, tracking, views).needed) == "1 2 3 ");
  CHECK(ports(needs_of(options, channel, views).scouts) == "1 9 2 3 ");
}

TEST_CASE_METHOD(fixture, "the owner of a channel's slot is found wherever it stands among the masters") {
  slot_map view;
  view.learn(static_cast<std::uint16_t>(slot + 1), at(2));
  view.learn(slot, at(1));
  std::vector<slot_map const*> const views{&view};
  CHECK(ports(needs_of(options, channel, views).needed) == "1 ");
}

TEST_CASE_METHOD(fixture, "where views differ, what either says is needed") {
  slot_map const old = owned_by(1, {2});
  slot_map const renewed = owned_by(4, {2});
  std::vector<slot_map const*> const views{&old, &renewed};
  CHECK(ports(needs_of(options, channel, views).needed) == "1 4 ");
  CHECK(ports(needs_of(options, tracking, views).needed) == "1 2 4 ");
}

TEST_CASE_METHOD(fixture, "a channel whose slot nobody serves has no link that would do") {
  slot_map made;
  made.learn(static_cast<std::uint16_t>(slot + 1), at(2));
  std::vector<slot_map const*> const views{&made};
  CHECK(needs_of(options, channel, views).needed.empty());
  CHECK(ports(needs_of(options, channel, views).scouts) == "1 9 2 ");
}

}  // namespace
}  // namespace tandem::backend::redis
