#include "backend/redis/flush.hpp"

#include "support/catch.hpp"

namespace tandem::backend::redis::tests {

TEST_CASE("the pattern of a prefix matches nothing but the prefix") {
  CHECK(keys_under("tandem:") == "tandem:*");
  CHECK(keys_under("a*b?[c]\\") == "a\\*b\\?\\[c\\]\\\\*");
}

}  // namespace tandem::backend::redis::tests
