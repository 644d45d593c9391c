// Two tiers as the configuration says: the route of both, and what stands before it. That is the order on a key; behind it the
// write-back queue, or L1 alone while L2 fails.
#pragma once

#include "config/composition.hpp"
#include "model/route_tree.hpp"
#include "server/route_factory.hpp"
#include "tier/options.hpp"

#include <string>

namespace tandem::server {

/// One tiered backend, and what its routes refer to.
struct described_tiers {
  std::string const& name;
  tier::tiered_options const& options;
  model::route& near;
  model::route& far;
  config::composition const& composed;
  worker_parts const& parts;
};

/// Adds them to the tree, and gives the outermost.
model::route& add_tiers(model::route_tree& tree, described_tiers const& of);

}  // namespace tandem::server
