#include "policy/retry_budget.hpp"

#include "support/catch.hpp"

namespace tandem::policy {

TEST_CASE("a budget allows its part of what was asked to be tried again, however much fails") {
  retry_budget budget(20);
  int retries = 0;
  for (int each = 0; each < 1000; ++each) {
    budget.asked();
    while (budget.take()) ++retries;
  }
  CHECK(retries == 200);
}

TEST_CASE("what is not tried again is saved up to a maximum") {
  retry_budget budget(20);
  for (int each = 0; each < 1'000'000; ++each) budget.asked();
  int retries = 0;
  while (budget.take()) ++retries;
  CHECK(retries == retry_budget::saved_max);
}

TEST_CASE("nothing is tried again without a budget") {
  retry_budget budget(0);
  budget.asked();
  CHECK_FALSE(budget.take());
}

}  // namespace tandem::policy
