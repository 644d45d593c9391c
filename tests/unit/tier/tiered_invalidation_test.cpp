// What others have changed in L2.
#include "tier/tiered_route.hpp"
#include "unit/base/played_executor.hpp"
#include "unit/tier/fake_tier.hpp"

#include <fmt/format.h>

namespace tandem::tier {
namespace {

using model::response;

struct invalidated_tiers {
  invalidated_tiers() : route("t", {}, {l1, l2, missed, registry.add_worker(), executor}) {}
  ~invalidated_tiers() { route.stop(); }

  bool invalidate(std::string const& key) {
    return route.invalidate("", {model::invalidation::extent::key, key, executor.now()});
  }

  fake_tier l1;
  fake_tier l2;
  model::missed_removals missed;
  metrics::registry registry;
  test::played_executor executor;
  tiered_route route;
};

TEST_CASE_METHOD(invalidated_tiers, "a key that was invalidated is removed from L1, and L2 is not asked") {
  CHECK(invalidate("k"));
  CHECK(l1.asked() == "delete k");
  CHECK(route.under_way() == 1);
  CHECK(registry.total(metrics::invalidations_applied_total) == 0);
  l1.answer(response());
  CHECK(route.under_way() == 0);
  CHECK(registry.total(metrics::invalidations_applied_total) == 1);
  CHECK(l2.asked().empty());
}

TEST_CASE_METHOD(invalidated_tiers, "what L1 fails to remove is not read there, and removed later") {
  invalidate("k");
  l1.asked();
  l1.answer(response::server_error(base::error_kind::timeout, "slow"));
  CHECK(missed.blocks("k"));
  CHECK(registry.total(metrics::invalidations_applied_total) == 1);
  REQUIRE(executor.pass_pause());
  CHECK(l1.asked() == "delete k");
  l1.answer(response());
  CHECK_FALSE(missed.blocks("k"));
}

TEST_CASE_METHOD(invalidated_tiers, "so many removals are under way at a time, and more are refused") {
  for (std::size_t each = 0; each < tiered_route::drops_max; ++each)
    REQUIRE(invalidate(fmt::format("k{}", each)));
  CHECK_FALSE(invalidate("more"));
  l1.answer(response());
  CHECK(invalidate("more"));
}

}  // namespace
}  // namespace tandem::tier
