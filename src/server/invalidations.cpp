#include "server/invalidations.hpp"

#include "backend/redis/invalidation/subscriber.hpp"
#include "backend/redis/sentinel/sentinel_watch.hpp"
#include "config/composition.hpp"

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

/// What a switch of masters tells.
class invalidations::switch_sink final : public model::invalidation_sink {
 public:
  switch_sink(invalidations& all, std::string far) : all_(all), far_(std::move(far)) {}

  void invalidate(model::invalidation const& what) override { all_.tell_switch(far_, what); }

 private:
  invalidations& all_;
  std::string const far_;
};

/// A backend whose master Sentinels name.
struct invalidations::watched {
  watched(invalidations& all, backend::redis::node_settings const& of)
      : settings(of), told(all, of.backend), sees(of, told) {}

  /// Whether it is what would be made of these.
  bool is(backend::redis::node_settings const& of) const {
    return settings.backend == of.backend && settings.master == of.master && settings.upstream == of.upstream;
  }

  backend::redis::node_settings const settings;
  switch_sink told;
  backend::redis::sentinel_watch sees;
};

struct invalidations::subscribed {
  subscribed(invalidations& all, backend::redis::node_settings const& of,
             backend::redis::subscription_options const& which)
      : settings(of), what(which), told(all, which.backend), hears(of, which, told) {}

  /// Whether it is what would be made of these.
  bool is(config::backend_options const& far, backend::redis::subscription_options const& which) const {
    return what == which && settings.upstream == far.upstream &&
           settings.options == std::get<backend::redis::redis_options>(far.kind);
  }

  backend::redis::node_settings const settings;
  backend::redis::subscription_options const what;
  sink told;
  backend::redis::subscriber hears;
};

/// The subscribers and the watches that there are. What is done at the end, such as what waits to be written to L2, may need
/// another master yet, but no more news.
struct invalidations::hearing final : worker::neighbour {
  hearing(invalidations& sink, net::reactor& on, net::link_registry& known, net::server_health& servers)
      : all(sink), reactor(on), links(known), health(servers) {}

  void settle() override {
    settled = true;
    subscribers.clear();
  }
  void follow(generation const& now);
  void subscribe(generation const& now);
  void watch(generation const& now);
  backend::redis::node_settings settings_of(config::backend_options const& far, generation const& now) const {
    return {far.name,     std::get<backend::redis::redis_options>(far.kind),
            far.upstream, reactor,
            all.metrics_, health,
            links,        now.masters.of(far.name)};
  }

  invalidations& all;
  net::reactor& reactor;
  net::link_registry& links;
  net::server_health& health;
  bool settled = false;
  std::vector<std::unique_ptr<subscribed>> subscribers;
  std::vector<std::unique_ptr<watched>> watches;
};

void invalidations::hearing::follow(generation const& now) {
  if (!settled) subscribe(now);
  watch(now);
}

void invalidations::hearing::watch(generation const& now) {
  std::vector<std::unique_ptr<watched>> before = std::exchange(watches, {});
  for (config::backend_options const& each : now.settings.backends) {
    if (!now.masters.of(each.name)) continue;
    backend::redis::node_settings const wanted = settings_of(each, now);
    auto const same = std::ranges::find_if(before, [&](auto const& one) { return one && one->is(wanted); });
    watches.push_back(same != before.end() ? std::move(*same) : std::make_unique<watched>(all, wanted));
  }
}

void invalidations::hearing::subscribe(generation const& now) {
  config::configuration const& settings = now.settings;
  std::vector<std::unique_ptr<subscribed>> before = std::exchange(subscribers, {});
  for (backend::redis::subscription_options const& each : settings.invalidation) {
    auto const far = std::ranges::find(settings.backends, each.backend, &config::backend_options::name);
    auto const same =
        std::ranges::find_if(before, [&](auto const& one) { return one && one->is(*far, each); });
    if (same != before.end()) {
      subscribers.push_back(std::move(*same));
      continue;
    }
    subscribers.push_back(std::make_unique<subscribed>(all, settings_of(*far, now), each));
  }
}

/// A store in memory, for as long as it is emptied of something.
struct invalidations::kept_store {
  kept_store(std::string const& of, std::shared_ptr<generation const> made_of,
             metrics::worker_metrics& metrics, worker& by)
      : name(of), in(std::move(made_of)), empties(of, in->stores.named(of), metrics, by.executor()) {}

  bool is_in(generation const& one) const {
    auto const of = std::ranges::find(one.settings.backends, name, &config::backend_options::name);
    bool const named = of != one.settings.backends.end() &&
                       std::holds_alternative<backend::memory::memory_options>(of->kind);
    return named && &one.stores.named(name) == &in->stores.named(name);
  }

  /// Whether tiers mark in it what they may answer yet while their L2 fails, in the place of what would be dropped.
  bool keeps_stale() const {
    config::composition const composed(in->settings.backends);
    return std::ranges::any_of(in->settings.backends, [&](config::backend_options const& each) {
      auto const* const tiers = std::get_if<tier::tiered_options>(&each.kind);
      if (!tiers || tiers->stale_for.count() == 0) return false;
      auto const near = composed.behind(tiers->l1);
      return std::ranges::any_of(near, [this](auto const* one) { return one->name == name; });
    });
  }

  void follow(std::shared_ptr<generation const> one) {
    in = std::move(one);
    leaves_keys = keeps_stale();
  }

  void invalidate(model::invalidation const& what) {
    if (what.what != extent::key || !leaves_keys) empties.invalidate(what);
  }

  std::string const name;
  std::shared_ptr<generation const> in;  // the last that has it
  bool leaves_keys = keeps_stale();      // single ones, to the tiers
  backend::memory::store_invalidator empties;
};

invalidations::invalidations(std::shared_ptr<generation const> first, metrics::registry& registry,
                             std::vector<std::unique_ptr<worker>> const& workers)
    : now_(std::move(first)),
      metrics_(registry.add_worker()),
      by_hand_(registry.add_worker().counter(metrics::invalidations_received_total, {{"source", "admin"}})),
      workers_(workers) {}

invalidations::~invalidations() = default;

worker::companion invalidations::subscribers(net::server_health& health) {
  return [this, &health](net::reactor& reactor,
                         net::link_registry& links) -> std::shared_ptr<worker::neighbour> {
    auto made = std::make_shared<hearing>(*this, reactor, links, health);
    hears_ = made;
    follow(now_);
    return made;
  };
}

void invalidations::follow(std::shared_ptr<generation const> next) {
  now_ = std::move(next);
  if (auto const hears = hears_.lock()) hears->follow(*now_);
  follow_stores();
}

/// A store that is gone is waited for, if something is being removed from it.
void invalidations::follow_stores() {
  for (config::backend_options const& each : now_->settings.backends) {
    if (!std::holds_alternative<backend::memory::memory_options>(each.kind)) continue;
    auto const known = std::ranges::find_if(
        stores_, [&](auto const& one) { return one->name == each.name && one->is_in(*now_); });
    if (known == stores_.end())
      stores_.push_back(std::make_unique<kept_store>(each.name, now_, metrics_, *workers_.front()));
    else
      (*known)->follow(now_);
  }
  std::erase_if(stores_, [&](auto const& one) { return !one->is_in(*now_) && one->empties.quiet(); });
  bool const waits = std::ranges::any_of(stores_, [&](auto const& one) { return !one->is_in(*now_); });
  if (waits) workers_.front()->post([this] { follow_stores(); });
}

void invalidations::tell_by_hand(model::invalidation const& what) {
  by_hand_.add();
  tell(any_backend, what);
}

void invalidations::tell(std::string const& far, model::invalidation const& what) {
  tell_routes(far, what);
  tell_stores(what);
}

void invalidations::tell_switch(std::string const& far, model::invalidation const& what) {
  tell_routes(far, what);
  tell_stores_of_tiers(far, what);
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
  workers_.front()->post([this, what] {
    for (auto const& each : stores_) each->invalidate(what);
  });
}

/// Others may hold what was never in `far`.
void invalidations::tell_stores_of_tiers(std::string const& far, model::invalidation const& what) {
  workers_.front()->post([this, far, what] {
    config::composition const composed(now_->settings.backends);
    for (auto const& each : stores_) {
      if (composed.holds_copies_of(each->name, far)) each->invalidate(what);
    }
  });
}

}  // namespace tandem::server
