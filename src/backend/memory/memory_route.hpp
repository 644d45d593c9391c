// One worker's way into the store that all workers share. It answers at once: the task never waits. The
// worker owns the route; store and metrics outlive it.
//
// Every verb is executed by the store, whose header has the table.
#pragma once

#include "backend/memory/store.hpp"
#include "backend/request_metrics.hpp"
#include "metrics/registry.hpp"
#include "model/route.hpp"

#include <memory>
#include <string>

namespace tandem::backend::memory {

class memory_route final : public model::route {
 public:
  /// `name` is the backend's, as in the configuration.
  memory_route(std::string name, memory::store& store, metrics::worker_metrics& metrics);

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  void explain(std::string_view key, model::explanation& where) const override;

 private:
  std::string name_;
  memory::store& store_;
  backend::request_metrics metrics_;
};

/// Makes the store's size and counts part of every scrape for as long as it is there, with the label backend=`name`.
void register_metrics(metrics::registry& registry, std::shared_ptr<memory::store const> const& of,
                      std::string const& name);

}  // namespace tandem::backend::memory
