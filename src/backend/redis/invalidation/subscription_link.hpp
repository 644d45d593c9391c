// One connection of a subscriber to one Redis node: kept up, with growing pauses while that fails, and given up when a
// heartbeat stays unanswered and nothing else comes either, so that a peer that vanished without a word is found out
// within `beat_interval` and `silence_max`. On the subscriber's thread.
#pragma once

#include "backend/redis/cluster/slot_map.hpp"
#include "backend/redis/codec.hpp"
#include "backend/redis/invalidation/subscription_fsm.hpp"
#include "backend/redis/node.hpp"
#include "net/name_watch.hpp"
#include "net/outage.hpp"
#include "net/reactor.hpp"
#include "net/upstream_connection.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tandem::backend::redis {

class subscription_link final : private net::upstream_connection::owner,
                                private base::timer,
                                private net::name_watch::follower,
                                private subscription_fsm::listener {
 public:
  static constexpr base::duration beat_interval = std::chrono::seconds(1);
  static constexpr base::duration beat_interval_in_doubt = std::chrono::milliseconds(100);

  class owner {
   public:
    virtual void on_message(std::string_view message) = 0;
    virtual void on_changed(std::span<protocol::redis::reply const> keys) = 0;
    virtual void on_all_changed() = 0;
    /// The link stands now or stands no more, or its view of the cluster has come. Not the place to destroy it.
    virtual void on_link() = 0;
    /// Whether something is amiss, so that heartbeats should be quick.
    virtual bool in_doubt() const = 0;

   protected:
    ~owner() = default;
  };

  /// Connects at once. All that is referred to outlives it; `channel` is for link_purpose::listen.
  subscription_link(node_settings const& shared, net::endpoint where, link_purpose purpose,
                    std::string const& channel, owner& told);

  link_purpose purpose() const { return purpose_; }
  net::endpoint const& where() const { return connection_.where(); }
  bool stands() const { return stands_; }

  /// Who has which slot, as the node sees it; none before the link stands, and but for a scout.
  std::optional<slot_map> const& view() const { return view_; }

 private:
  void on_connected() override;
  void on_bytes() override;
  void on_disconnected(base::error const& reason) override;
  void on_deadline() override;
  void on_message(std::string_view message) override { told_.on_message(message); }
  void on_changed(std::span<protocol::redis::reply const> keys) override { told_.on_changed(keys); }
  void on_all_changed() override { told_.on_all_changed(); }
  void on_alive(protocol::redis::reply const& answer) override;
  void on_failed(std::string reason) override;
  bool connected() const override { return stands_; }
  void on_addresses(std::vector<std::string> const& found) override;
  void give_up(net::trouble_kind kind, std::string reason);

  link_purpose const purpose_;
  node_settings const& shared_;
  owner& told_;
  subscription_fsm fsm_;
  std::optional<codec> codec_;
  bool stands_ = false;
  bool heard_ = false;  // something, since the last heartbeat or since that was looked at
  std::optional<slot_map> view_;
  std::string const label_;  // what messages begin with
  net::outage lost_;
  net::watched_server watched_;  // the same server as others see
  net::upstream_connection connection_;
  net::name_watch name_;
};

}  // namespace tandem::backend::redis
