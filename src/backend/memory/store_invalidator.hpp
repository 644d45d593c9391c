// Drops from a memory store what was invalidated. When the link is lost nothing is done: what may be missed meanwhile is
// everything, which is invalidated when it is back. Called on one thread, which metrics belong to; any will do.
#pragma once

#include "backend/memory/store.hpp"
#include "metrics/registry.hpp"
#include "model/invalidation.hpp"

#include <string>

namespace tandem::backend::memory {

class store_invalidator final : public model::invalidation_sink {
 public:
  /// `name` is the backend's.
  store_invalidator(std::string const& name, memory::store& store, metrics::worker_metrics& figures);

  void invalidate(model::invalidation const& what) override;

 private:
  void drop(model::invalidation const& what);

  memory::store& store_;
  metrics::counter& applied_;
  metrics::histogram& latency_;
};

}  // namespace tandem::backend::memory
