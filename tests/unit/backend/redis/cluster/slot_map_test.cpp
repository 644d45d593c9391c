#include "backend/redis/cluster/slot_map.hpp"

#include "support/catch.hpp"

namespace tandem::backend::redis::tests {
namespace {

using protocol::redis::reply;
using protocol::redis::reply_kind;

reply number(std::int64_t value) { return {reply_kind::integer, value, {}, {}}; }
reply text(std::string_view value) { return {reply_kind::string, 0, base::slice::copy_of(value), {}}; }
reply array(std::vector<reply> elements) { return {reply_kind::array, 0, {}, std::move(elements)}; }
reply server(std::string_view host, std::int64_t port) {
  return array({text(host), number(port), text("id")});
}

std::string owner_of(slot_map const& map, std::uint16_t slot) {
  auto const owner = map.owner(slot);
  return owner ? map.masters()[*owner].str() : "nobody";
}

reply three_ranges() {
  return array({array({number(0), number(5), server("10.0.0.1", 7000), server("10.0.0.9", 7001)}),
                array({number(6), number(16000), server("10.0.0.2", 7000)}),
                array({number(16001), number(16383), server("10.0.0.1", 7000), server("10.0.0.9", 7001)})});
}

}  // namespace

TEST_CASE("CLUSTER SLOTS tells who serves each slot") {
  auto const map = slot_map::read(three_ranges(), "asked");
  REQUIRE(map.has_value());
  CHECK(owner_of(*map, 0) == "10.0.0.1:7000");
  CHECK(owner_of(*map, 5) == "10.0.0.1:7000");
  CHECK(owner_of(*map, 6) == "10.0.0.2:7000");
  CHECK(owner_of(*map, 16000) == "10.0.0.2:7000");
  CHECK(owner_of(*map, 16383) == "10.0.0.1:7000");
  CHECK(map->masters().size() == 2);
  CHECK(map->replicas() == std::vector<net::endpoint>{{"10.0.0.9", 7001, {}}});
  CHECK(map->replicas_of(0) == map->replicas());
  CHECK(map->replicas_of(1).empty());
}

TEST_CASE("slots that no range names are nobody's") {
  auto const map = slot_map::read(array({array({number(1), number(1), server("h", 1)})}), "asked");
  REQUIRE(map.has_value());
  CHECK(owner_of(*map, 0) == "nobody");
  CHECK(owner_of(*map, 1) == "h:1");
  CHECK(owner_of(*map, 2) == "nobody");
  CHECK_FALSE(slot_map().owner(0));
}

TEST_CASE("a node that does not say its host has that of the node which was asked") {
  for (reply const& host : {text(""), text("?"), reply()}) {
    auto const map =
        slot_map::read(array({array({number(0), number(1), array({host, number(7000)})})}), "10.1.1.1");
    REQUIRE(map.has_value());
    CHECK(owner_of(*map, 0) == "10.1.1.1:7000");
  }
}

TEST_CASE("what is no answer to CLUSTER SLOTS is no map") {
  CHECK_FALSE(slot_map::read(reply(), "h").has_value());
  CHECK_FALSE(slot_map::read(array({}), "h").has_value());
  CHECK_FALSE(slot_map::read(array({number(1)}), "h").has_value());
  CHECK_FALSE(slot_map::read(array({array({number(0), number(1)})}), "h").has_value());
  CHECK_FALSE(slot_map::read(array({array({number(-1), number(1), server("h", 1)})}), "h").has_value());
  CHECK_FALSE(slot_map::read(array({array({number(0), number(16384), server("h", 1)})}), "h").has_value());
  CHECK_FALSE(slot_map::read(array({array({number(2), number(1), server("h", 1)})}), "h").has_value());
  CHECK_FALSE(slot_map::read(array({array({number(0), number(1), server("h", 0)})}), "h").has_value());
  CHECK_FALSE(slot_map::read(array({array({number(0), number(1), server("h", 65536)})}), "h").has_value());
  CHECK_FALSE(
      slot_map::read(array({array({number(0), number(1), array({number(1), number(1)})})}), "h").has_value());
}

TEST_CASE("why there is no map is told in words") {
  auto const why = [](reply const& received) { return slot_map::read(received, "h").error().message; };
  CHECK(why({reply_kind::error, 0, base::slice::copy_of("ERR no"), {}}) == "ERR no");
  CHECK(why(number(1)) == "no answer to CLUSTER SLOTS");
  CHECK(why(array({})) == "serves no slot");
  for (bool const masters : {true, false}) {
    std::vector<reply> ranges;
    for (std::int64_t port = 1; port <= 1025; ++port) {
      ranges.push_back(
          array({number(port), number(port), server("h", masters ? port : 1), server("h", port)}));
    }
    CHECK(why(array(ranges)) == "names more than 1024 masters or replicas");
    ranges.pop_back();
    CHECK(slot_map::read(array(ranges), "h").has_value());
  }
}

TEST_CASE("MOVED changes one slot") {
  auto map = slot_map::read(three_ranges(), "asked");
  REQUIRE(map.has_value());
  CHECK(map->learn(6, {"10.0.0.1", 7000, {}}));
  CHECK(owner_of(*map, 6) == "10.0.0.1:7000");
  CHECK(owner_of(*map, 7) == "10.0.0.2:7000");
  CHECK(map->learn(7, {"10.0.0.3", 7000, {}}));
  CHECK(owner_of(*map, 7) == "10.0.0.3:7000");
  CHECK(map->masters().size() == 3);
}

TEST_CASE("a server that names ever new nodes is not followed without end") {
  slot_map map;
  for (std::size_t port = 1; port <= slot_map::nodes_max; ++port)
    REQUIRE(map.learn(0, {"h", static_cast<std::uint16_t>(port), {}}));
  CHECK_FALSE(map.learn(0, {"another", 1, {}}));
  CHECK(map.learn(0, {"h", 1, {}}));
}

}  // namespace tandem::backend::redis::tests
