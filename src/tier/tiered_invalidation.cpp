// What others have changed in L2.
#include "model/route_tree.hpp"
#include "tier/tiered_route.hpp"

#include <algorithm>

namespace tandem::tier {

bool tiered_route::invalidate(std::string_view source, model::invalidation const& what) {
  if (!source.empty() && std::ranges::find(far_backends_, source) == far_backends_.end()) return true;
  if (what.what != model::invalidation::extent::key) {
    for (model::route* const each : model::all_below(near_)) each->outdate(what);
    l1_.outdate_all();
    return true;
  }
  return drops_.start(drop(what));
}

/// What was changed elsewhere may be answered yet while L2 fails, with `stale_for`. A removal that L1 does not confirm is remembered,
/// and keeps the key from being read there: that counts as done, too.
base::task<void> tiered_route::drop(model::invalidation what) {
  co_await l1_.outdate(base::slice::copy_of(what.text));
  l1_.metrics().invalidations.add();
  l1_.metrics().invalidation_seconds.observe(std::max(base::duration(0), clock_.now() - what.received));
}

}  // namespace tandem::tier
