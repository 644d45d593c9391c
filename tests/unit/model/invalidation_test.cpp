#include "model/invalidation.hpp"

#include "support/catch.hpp"

namespace tandem::model {
namespace {

using extent = invalidation::extent;

TEST_CASE("a message is a key, a prefix and a star, or a star for everything") {
  CHECK(parse_invalidation("a:1", {}) == invalidation{extent::key, "a:1", {}});
  CHECK(parse_invalidation("a:*", {}) == invalidation{extent::prefix, "a:", {}});
  CHECK(parse_invalidation("*", {}) == invalidation{extent::everything, "", {}});
  CHECK(parse_invalidation(std::string(250, 'x') + "*", {}).has_value());
}

TEST_CASE("what is no key is no message") {
  CHECK_FALSE(parse_invalidation("", {}));
  CHECK_FALSE(parse_invalidation("a b", {}));
  CHECK_FALSE(parse_invalidation("a\n", {}));
  CHECK_FALSE(parse_invalidation(std::string(251, 'x'), {}));
}

}  // namespace
}  // namespace tandem::model
