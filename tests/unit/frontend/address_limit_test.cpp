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
