// Which nodes a subscriber has to be linked to, and which it asks besides, by what linked nodes say. Without I/O.
#pragma once

#include "backend/redis/cluster/slot_map.hpp"
#include "backend/redis/options.hpp"

#include <optional>
#include <span>
#include <vector>

namespace tandem::backend::redis {

struct link_needs {
  std::vector<net::endpoint> needed;  // empty while that is not known
  std::vector<net::endpoint> scouts;  // the configured nodes, and every master that any of them names
};

/// `views` are those of the links that stand; a single server needs none, and neither does `master`, which Sentinels name. Where views differ, as during a failover, all
/// are right: a node that only one of them names is needed, too.
link_needs needs_of(redis_options const& options, subscription_options const& what,
                    std::span<slot_map const* const> views,
                    std::optional<net::endpoint> const& master = std::nullopt);

}  // namespace tandem::backend::redis
