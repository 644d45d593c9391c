#include "backend/redis/write_order.hpp"

#include "support/catch.hpp"

namespace tandem::backend::redis {

TEST_CASE("a write is the latest until another goes out on its key") {
  write_order order;
  auto const first = order.sent("k");
  CHECK(order.latest(first));
  auto const second = order.sent("k");
  CHECK_FALSE(order.latest(first));
  CHECK(order.latest(second));
}

TEST_CASE("a write that goes out again is the latest again") {
  write_order order;
  auto const first = order.sent("k");
  auto const again = order.sent("k");
  CHECK_FALSE(order.latest(first));
  CHECK(order.latest(again));
}

}  // namespace tandem::backend::redis
