// Everything that the configuration file says, checked, as plain values. Defaults of single options live in
// each folder's options.hpp.
#pragma once

#include "admin/options.hpp"
#include "backend/memcached/options.hpp"
#include "backend/memory/options.hpp"
#include "backend/redis/options.hpp"
#include "config/diagnostic.hpp"
#include "frontend/options.hpp"
#include "net/options.hpp"
#include "net/zones/options.hpp"
#include "routing/options.hpp"
#include "tier/options.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace tandem::config {

struct backend_options {
  std::string name;
  std::variant<backend::memcached::pool_options, backend::redis::redis_options,
               backend::memory::memory_options, tier::tiered_options, routing::split_options,
               routing::failover_options, routing::coalesce_options, routing::shadow_options,
               routing::replicated_options>
      kind;
  net::upstream_options upstream;  // meaningless for memory and for those that are made of others
  routing::on_failure on_failure = routing::on_failure::error;
  routing::server_failure_options on_server_failure = {};  // of a pool
  std::string zone = {};      // of all its servers, whatever their addresses; empty: by those
  config::position position;  // of the name
};

struct configuration {
  std::vector<net::listener_options> listen;  // at least one
  admin::admin_options admin;
  std::size_t workers = 0;  // 0: as many as this process has cores
  frontend::limits_options limits;
  net::zone_options zones;
  std::chrono::milliseconds drain{10'000};    // for requests in flight when asked to stop
  std::vector<backend_options> backends;      // in the file's order; names are unique
  std::vector<routing::rule_options> routes;  // in the file's order; each `to` names a backend
  std::vector<backend::redis::subscription_options> invalidation;  // each names a redis backend
  diagnostics warnings;  // nothing wrong, but probably not what was meant
};

/// What holds without a file: 127.0.0.1:11211, every key in a memory backend named "memory", admin off.
configuration default_configuration();

}  // namespace tandem::config
