#include "frontend/address_limit.hpp"

#include "support/catch.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace tandem::frontend {

TEST_CASE("each address has as many places as the limit says, and again when some are left") {
  address_limit limit(2);
  net::peer_address const one{1}, other{2};
  std::vector<address_limit::place> places;
  for (int count = 0; count < 2; ++count) {
    auto found = limit.enter(one);
    REQUIRE(found);
    places.push_back(std::move(*found));
  }
  CHECK_FALSE(limit.enter(one));
  CHECK(limit.enter(other));
  places.pop_back();
  CHECK(limit.enter(one));
  places.clear();
  CHECK(limit.enter(one));
}

TEST_CASE("an IPv4 address counts alone, and IPv6 addresses with all others of their first 64 bits") {
  using address = net::peer_address;
  struct row {
    address one;
    address other;
    bool apart;
  };
  address const v4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1};
  address const other_v4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 2};
  address const v6{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
  address const same_network{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0xff, 0, 0, 0, 0, 0, 0, 2};
  address const next_network{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1};
  for (row const& each : {row{v4, v4, false}, row{v4, other_v4, true}, row{v6, v6, false},
                          row{v6, same_network, false}, row{v6, next_network, true}, row{v6, v4, true}}) {
    address_limit limit(1);
    auto first = limit.enter(each.one);
    REQUIRE(first);
    CHECK(limit.enter(each.other).has_value() == each.apart);
    first.reset();
    CHECK(limit.enter(each.other));
  }
}

TEST_CASE("clients without an address, and all where there is no limit, find a place that is not counted") {
  address_limit limit(1), none(0);
  for (int count = 0; count < 3; ++count) {
    auto const over_a_unix_socket = limit.enter(std::nullopt);
    auto const unlimited = none.enter(net::peer_address{1});
    REQUIRE((over_a_unix_socket && unlimited));
    CHECK_FALSE(over_a_unix_socket->counted());
    CHECK_FALSE(unlimited->counted());
  }
}

}  // namespace tandem::frontend
