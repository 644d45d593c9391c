#include "base/identity.hpp"

#include "support/catch.hpp"

#include <string>

using tandem::base::identity;

namespace {

struct terms {
  std::string where;
  int limit = 0;

  friend bool operator==(terms const&, terms const&) = default;
};

struct other_terms {
  std::string where;
  int limit = 0;

  friend bool operator==(other_terms const&, other_terms const&) = default;
};

}  // namespace

TEST_CASE("identities are the same when their values are, and of one type") {
  identity const one(terms{"here", 1});
  CHECK(one == identity(terms{"here", 1}));
  CHECK_FALSE(one == identity(terms{"here", 2}));
  CHECK_FALSE(one == identity(terms{"there", 1}));
  CHECK_FALSE(one == identity(other_terms{"here", 1}));
  identity const copy = one;
  CHECK(copy == one);
}
