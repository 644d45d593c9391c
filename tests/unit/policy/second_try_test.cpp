#include "policy/second_try.hpp"

#include "support/catch.hpp"

using namespace tandem::policy;

namespace {

constexpr loss unsent{.sent = false, .repeatable = false};
constexpr loss sent{.sent = true, .repeatable = false};
constexpr loss unsent_harmless{.sent = false, .repeatable = true};
constexpr loss sent_harmless{.sent = true, .repeatable = true};

}  // namespace

TEST_CASE("what was not written goes again, whatever it is") {
  CHECK(second_try().after(unsent) == verdict::again);
  CHECK(second_try().after(unsent_harmless) == verdict::again);
}

TEST_CASE("what may have been executed goes again only if that does no harm") {
  CHECK(second_try().after(sent_harmless) == verdict::again);
  CHECK(second_try().after(sent) == verdict::over);
}

TEST_CASE("there is no third try at once, but what no server has seen may be tried later") {
  second_try tries;
  CHECK(tries.after(unsent) == verdict::again);
  CHECK(tries.after(unsent) == verdict::untouched);
  CHECK(tries.after(unsent_harmless) == verdict::untouched);
  CHECK(tries.after(sent_harmless) == verdict::over);
  CHECK(tries.after(sent) == verdict::over);
}

TEST_CASE("a loss that allows no second try takes none") {
  second_try tries;
  CHECK(tries.after(sent) == verdict::over);
  CHECK(tries.after(unsent) == verdict::again);
}
