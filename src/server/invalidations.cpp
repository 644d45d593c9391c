#include "server/invalidations.hpp"

#include "backend/redis/invalidation/subscriber.hpp"

#include <algorithm>
#include <utility>

namespace tandem::server {

using extent = model::invalidation::extent;

namespace {

std::string const any_backend;

}  // namespace

/// What one subscriber tells.
class invalidations::sink final : public model::invalidation_sink {
 public:
  sink(invalidations& all, std::string far) : all_(all), far_(std::move(far)) {}

  void invalidate(model::invalidation const& what) override { all_.tell(far_, what); }

 private:
  invalidations& all_;
  std::string const far_;
};

struct invalidations::subscribed {
  subscribed(invalidations& all, backend::redis::node_settings const& settings,
             backend::redis::subscription_options const& what)
      : told(all, what.backend), hears(settings, what, told) {}

  sink told;
  backend::redis::subscriber hears;
};

invalidations::invalidations(config::configuration const& settings, memory_stores& stores,
                             metrics::registry& figures, std::vector<std::unique_ptr<worker>> const& workers)
    : settings_(settings),
      figures_(figures.add_worker()),
      by_hand_(figures.add_worker().counter(metrics::invalidations_received_total, {{"source", "admin"}})),
      workers_(workers) {
  for (config::backend_options const& each : settings.backends) {
    if (!std::holds_alternative<backend::memory::memory_options>(each.kind)) continue;
    stores_.push_back(std::make_unique<backend::memory::store_invalidator>(
        each.name, stores.named(each.name), figures_, workers.front()->executor()));
  }
}

worker::companion invalidations::subscribers(net::server_health& health) {
  if (settings_.invalidation.empty()) return {};
  return [this, &health](net::reactor& reactor, net::link_registry& links) -> std::shared_ptr<void> {
    auto made = std::make_shared<std::vector<std::unique_ptr<subscribed>>>();
    for (backend::redis::subscription_options const& each : settings_.invalidation) {
      auto const far = std::ranges::find(settings_.backends, each.backend, &config::backend_options::name);
      made->push_back(std::make_unique<subscribed>(
          *this,
          backend::redis::node_settings{far->name, std::get<backend::redis::redis_options>(far->kind),
                                        far->upstream, reactor, figures_, health, links},
          each));
    }
    return made;
  };
}

void invalidations::tell_by_hand(model::invalidation const& what) {
  by_hand_.add();
  tell(any_backend, what);
}

void invalidations::tell(std::string const& far, model::invalidation const& what) {
  tell_routes(far, what);
  tell_stores(what);
}

void invalidations::tell_routes(std::string const& far, model::invalidation const& what) {
  if (what.what == extent::key) {
    return workers_.front()->post([this, far, what] { remove_key(far, what); });
  }
  for (auto const& each : workers_) {
    each->post([&worker = *each, far, what] { worker.invalidate(far, what); });
  }
}

/// Where removals cannot keep up, marking all of a pool is cheaper.
void invalidations::remove_key(std::string const& far, model::invalidation const& what) {
  if (!workers_.front()->invalidate(far, what)) tell_routes(far, {extent::everything, {}, what.received});
}

void invalidations::tell_stores(model::invalidation const& what) {
  if (stores_.empty()) return;
  workers_.front()->post([this, what] {
    for (auto const& each : stores_) each->invalidate(what);
  });
}

}  // namespace tandem::server
