// What others have changed in L2.
#include "tier/tiered_route.hpp"

namespace tandem::tier {

void tiered_route::invalidate(model::invalidation const& what) { writes_.start(drop(what)); }

/// A removal that L1 does not confirm is remembered, and keeps the key from being read there: that counts as done, too.
base::task<bool> tiered_route::drop(model::invalidation what) {
  bool const removed = co_await l1_.remove(base::slice::copy_of(what.text));
  l1_.counted().invalidations.add();
  l1_.counted().invalidation_seconds.observe(clock_.now() - what.received);
  co_return removed;
}

}  // namespace tandem::tier
