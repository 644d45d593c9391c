// Drops from a memory store what was invalidated: a key or everything at once, a prefix piece by piece, since all items
// have to be looked at and the thread has others to serve. When a link is lost nothing is done: what may be missed
// meanwhile is everything, which is invalidated when it is back. On one thread, which the metrics belong to.
#pragma once

#include "backend/memory/store.hpp"
#include "base/executor.hpp"
#include "metrics/registry.hpp"
#include "model/invalidation.hpp"

#include <deque>
#include <string>

namespace tandem::backend::memory {

class store_invalidator final : public model::invalidation_sink {
 public:
  /// Prefixes that wait; with more, the store is emptied.
  static constexpr std::size_t prefixes_max = 256;

  /// `name` is the backend's. On the executor's thread; it outlives what is posted there.
  store_invalidator(std::string const& name, memory::store& store, metrics::worker_metrics& metrics,
                    base::executor& executor);

  void invalidate(model::invalidation const& what) override;

  /// Whether nothing is left to be removed. Else it may not end.
  bool quiet() const { return prefixes_.empty(); }

 private:
  void remove_whole(model::invalidation const& what);
  void add_prefix(model::invalidation const& what);
  void sweep_some();
  void applied(model::invalidation const& what);

  memory::store& store_;
  metrics::counter& applied_;
  metrics::histogram& latency_;
  base::executor& executor_;
  std::deque<model::invalidation> prefixes_;  // the first is being looked for
  store::sweep_position position_;
};

}  // namespace tandem::backend::memory
