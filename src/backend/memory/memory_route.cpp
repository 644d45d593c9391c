#include "backend/memory/memory_route.hpp"

#include <utility>

namespace tandem::backend::memory {

memory_route::memory_route(std::string name, memory::store& store, metrics::worker_metrics& metrics)
    : name_(std::move(name)), store_(store), metrics_(metrics, name_) {}

base::task<model::response> memory_route::handle(model::request const& asked, model::request_context&) {
  // By the store's clock: the context's stands still meanwhile.
  base::time_point const arrived = store_.clock().now();
  model::response answer = store_.execute(asked, arrived);
  metrics_.record(asked, answer, store_.clock().now() - arrived);
  co_return std::move(answer);
}

void memory_route::explain(std::string_view key, model::explanation& where) const {
  where.backend = name_;
  where.key = key;
  where.destination = "stripe " + std::to_string(store_.stripe_of(key));
}

void register_metrics(metrics::registry& registry, std::shared_ptr<memory::store const> const& of,
                      std::string const& name) {
  auto const add = [&](metrics::family const& described, auto member) {
    registry.add_sampled(described, {{"backend", name}}, of,
                         [&store = *of, member] { return static_cast<double>(store.metrics().*member); });
  };
  add(metrics::memory_bytes, &store_metrics::bytes);
  add(metrics::memory_limit_bytes, &store_metrics::limit);
  add(metrics::memory_items, &store_metrics::items);
  add(metrics::memory_evictions_total, &store_metrics::evictions);
  add(metrics::memory_expirations_total, &store_metrics::expirations);
}

}  // namespace tandem::backend::memory
