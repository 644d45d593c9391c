// One Redis server as a backend of one worker knows it: its name there, and the links, which may be others' as well.
#pragma once

#include "backend/held_links.hpp"
#include "backend/redis/node_links.hpp"
#include "backend/redis/sentinel/master_belief.hpp"
#include "metrics/registry.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace tandem::backend::redis {

/// What all nodes of a backend have in common, and are outlived by.
struct node_settings {
  std::string backend;  // its name
  redis_options options;
  net::upstream_options upstream;
  net::reactor& reactor;
  metrics::worker_metrics& worker_metrics;
  net::server_health& health;  // the process'
  net::link_registry& links;
  std::shared_ptr<master_belief> master = nullptr;  // the process', where there are Sentinels

  net::server_name name(net::endpoint const& where) const { return {backend, where.str()}; }
  link_terms terms(net::endpoint const& where, node_role role) const {
    return {where, upstream, options.session(role)};
  }
  bool is_near(net::endpoint const& where) const { return options.zones.is_near(where); }
  /// By which the process knows it; see held_links.
  base::identity identity_of(net::endpoint const& where) const {
    return base::identity(link_terms{where, upstream.without_timeout(), options.session()});
  }
  surroundings around() const { return {reactor, worker_metrics, health, links}; }
};

class node {
 public:
  node(node_settings const& shared, net::endpoint const& where, node_role role = node_role::master)
      : label_(shared.name(where).str()),
        role_(role),
        near_(shared.is_near(where)),
        links_(shared.around(), shared.name(where), shared.terms(where, role)) {}

  /// Requests for one key always take the same connection, so that they stay in order.
  link& link_for(std::string_view key) { return links_->link_for(key); }
  link& any_link() { return links_->any(); }
  bool renew_link_for(std::string_view key) { return links_->renew_link_for(key); }

  /// It is not asked any more: who waits for it is told now.
  void abandon(base::error const& why) { links_->abandon(why); }

  /// Whether it is asked for all keys, and not left alone or on its way back.
  bool has_all_keys() const { return links_->watched().share() == 100; }

  /// See net::link_set.
  void asked() { links_->asked(); }
  bool allows_retry() { return links_->allows_retry(); }

  /// Whoever hears from it tells here what it sees.
  net::watched_server& watched() { return links_->watched(); }

  /// What it refuses.
  redis::refusals& refusals() { return links_->refusals(); }

  net::endpoint const& where() const { return links_->where(); }

  /// As what it is asked.
  node_role role() const { return role_; }

  /// Whether it is in the zone of this process, if reads go by that.
  bool near() const { return near_; }

  /// Whether it could not be reached when that was last tried.
  bool down() const { return links_->down(); }

  net::standing standing_for(std::string_view key) const { return links_->standing_for(key); }

  /// What error messages begin with: the backend's and the server's name.
  std::string const& label() const { return label_; }

 private:
  std::string const label_;
  node_role const role_;
  bool const near_;
  held_links<node_links> links_;
};

}  // namespace tandem::backend::redis
