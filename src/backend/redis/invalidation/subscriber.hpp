// Hears of changes in one Redis from whoever makes them, and tells a sink: by a channel to which anybody publishes keys
// and prefixes, or by Redis' own tracking of keys (CLIENT TRACKING, BCAST), which sees every write, those of this process
// included. One for each entry of `invalidation` in the configuration, on one thread of the process.
//
// A single server has one link, and so has a master that Sentinels name: it follows who is believed to be that. In a cluster, a channel has one to the node that has its slot, tracking one to each
// master. Which these are is asked over connections of their own, to the configured nodes and to those; what any of them
// says is covered. A heartbeat each second brings new views, so that a failover or a moved slot is followed within a
// second of the cluster's own knowing.
//
// Trust: while every link that is needed stands, nothing is missed. Once one was lost, and all stand again, the sink is
// given `everything`. It starts without trust. A peer that is gone without a word is found out by a heartbeat, within
// beat_interval + silence_max.
#pragma once

#include "backend/redis/invalidation/link_needs.hpp"
#include "backend/redis/invalidation/subscription_link.hpp"
#include "model/invalidation.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tandem::backend::redis {

class subscriber final : private subscription_link::owner, private base::timer {
 public:
  /// Connects at once. `sink` is called on the reactor's thread.
  subscriber(node_settings settings, subscription_options what, model::invalidation_sink& sink);
  ~subscriber() override;

 private:
  void on_message(std::string_view message) override;
  void on_changed(std::span<protocol::redis::reply const> keys) override;
  void on_all_changed() override;
  void on_link() override;
  bool in_doubt() const override { return !trusted_; }
  void on_deadline() override;

  void tell(model::invalidation what);
  void complain(std::string_view message);
  bool reconcile();
  bool keep_links(link_needs const& wanted);
  bool ask_for(net::endpoint const& where, link_purpose purpose);

  node_settings const settings_;
  subscription_options const what_;
  model::invalidation_sink& sink_;
  metrics::counter& received_;
  metrics::counter& bad_messages_;
  metrics::counter& losses_;
  metrics::gauge& trust_;
  bool trusted_ = false;
  std::optional<base::time_point> complained_;
  std::map<std::pair<std::string, link_purpose>, std::unique_ptr<subscription_link>> links_;  // by address
  std::optional<master_belief::listener> hears_;
};

}  // namespace tandem::backend::redis
