#include "backend/memory/store_invalidator.hpp"

#include <algorithm>

namespace tandem::backend::memory {

using extent = model::invalidation::extent;

store_invalidator::store_invalidator(std::string const& name, memory::store& store,
                                     metrics::worker_metrics& metrics, base::executor& executor)
    : store_(store),
      applied_(metrics.counter(metrics::invalidations_applied_total, {{"backend", name}})),
      latency_(metrics.histogram(metrics::invalidation_seconds, {{"backend", name}})),
      executor_(executor) {}

void store_invalidator::invalidate(model::invalidation const& what) {
  if (what.what == extent::prefix) return add_prefix(what);
  remove_whole(what);
  applied(what);
}

void store_invalidator::remove_whole(model::invalidation const& what) {
  model::request asked;
  asked.command = what.what == extent::key ? model::verb::remove : model::verb::flush;
  asked.wanted = model::want::nothing;
  asked.key = base::slice::copy_of(what.text);
  store_.execute(asked);
}

void store_invalidator::add_prefix(model::invalidation const& what) {
  if (prefixes_.size() >= prefixes_max) return invalidate({extent::everything, {}, what.received});
  prefixes_.push_back(what);
  if (prefixes_.size() == 1) executor_.post([this] { sweep_some(); });
}

void store_invalidator::sweep_some() {
  if (!store_.remove_some(prefixes_.front().text, position_)) {
    applied(prefixes_.front());
    prefixes_.pop_front();
    position_ = {};
  }
  if (!prefixes_.empty()) executor_.post([this] { sweep_some(); });
}

void store_invalidator::applied(model::invalidation const& what) {
  applied_.add();
  latency_.observe(std::max(base::duration(0), store_.clock().now() - what.received));
}

}  // namespace tandem::backend::memory
