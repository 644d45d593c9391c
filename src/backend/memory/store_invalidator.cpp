#include "backend/memory/store_invalidator.hpp"

#include <algorithm>

namespace tandem::backend::memory {

store_invalidator::store_invalidator(std::string const& name, memory::store& store,
                                     metrics::worker_metrics& figures)
    : store_(store),
      applied_(figures.counter(metrics::invalidations_applied_total, {{"backend", name}})),
      latency_(figures.histogram(metrics::invalidation_seconds, {{"backend", name}})) {}

void store_invalidator::invalidate(model::invalidation const& what) {
  drop(what);
  applied_.add();
  latency_.observe(std::max(base::duration(0), store_.clock().now() - what.received));
}

void store_invalidator::drop(model::invalidation const& what) {
  using extent = model::invalidation::extent;
  if (what.what == extent::prefix) {
    store_.remove_prefix(what.text);
    return;
  }
  model::request asked;
  asked.command = what.what == extent::key ? model::verb::remove : model::verb::flush;
  asked.wanted = model::want::nothing;
  asked.key = base::slice::copy_of(what.text);
  store_.execute(asked);
}

}  // namespace tandem::backend::memory
