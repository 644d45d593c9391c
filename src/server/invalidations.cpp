#include "server/invalidations.hpp"

#include "backend/redis/subscriber.hpp"

#include <algorithm>
#include <utility>

namespace tandem::server {

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
    auto const* const tiers = std::get_if<tier::tiered_options>(&each.kind);
    if (!tiers) continue;
    if (std::ranges::find(fars_, tiers->l2) == fars_.end()) fars_.push_back(tiers->l2);
    auto const near = std::ranges::find(settings.backends, tiers->l1, &config::backend_options::name);
    if (!std::holds_alternative<backend::memory::memory_options>(near->kind)) continue;
    stores_.push_back({tiers->l2, std::make_unique<backend::memory::store_invalidator>(
                                      tiers->l1, stores.named(tiers->l1), figures_)});
  }
}

worker::companion invalidations::subscribers() {
  if (settings_.invalidation.empty()) return {};
  return [this](net::reactor& reactor) -> std::shared_ptr<void> {
    auto made = std::make_shared<std::vector<std::unique_ptr<subscribed>>>();
    for (backend::redis::subscription_options const& each : settings_.invalidation) {
      auto const far = std::ranges::find(settings_.backends, each.backend, &config::backend_options::name);
      made->push_back(std::make_unique<subscribed>(
          *this,
          backend::redis::node_settings{far->name, std::get<backend::redis::redis_options>(far->kind),
                                        far->upstream, reactor, figures_},
          each));
    }
    return made;
  };
}

void invalidations::tell_by_hand(model::invalidation const& what) {
  by_hand_.add();
  for (std::string const& each : fars_) tell(each, what);
}

void invalidations::tell(std::string const& far, model::invalidation const& what) {
  if (what.what == model::invalidation::extent::key) return workers_.front()->invalidate(far, what);
  for (auto const& each : workers_) each->invalidate(far, what);
  if (stores_.empty()) return;
  workers_.front()->post([this, far, what] { drop_from_stores(far, what); });
}

void invalidations::drop_from_stores(std::string const& far, model::invalidation const& what) {
  for (store_copies const& each : stores_) {
    if (each.far == far) each.drops->invalidate(what);
  }
}

}  // namespace tandem::server
