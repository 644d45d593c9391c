// What the sessions of one worker share: where requests go, which changes with the configuration, how much they may hold, and
// who counts. The worker owns it and keeps it for as long as there are sessions.
#pragma once

#include "frontend/client_metrics.hpp"
#include "frontend/memory_share.hpp"
#include "frontend/options.hpp"
#include "frontend/reply_queue.hpp"
#include "frontend/stats.hpp"
#include "model/route_tree.hpp"

namespace tandem::net {
class reactor;
}

namespace tandem::frontend {

struct service {
  net::reactor& reactor;
  model::tree_pointer tree;  // that requests enter from now on
  limits_options limits;
  std::size_t buffer_bytes_max;  // this worker's share of limits.memory
  client_metrics& metrics;
  stats& statistics;
  policy::shared_limit& in_flight;  // limits.in_flight, of all workers
  reply_budget replies = reply_budget(in_flight);
  std::uint32_t sessions_made = 0;
  memory_share memory = memory_share(reactor, {buffer_bytes_max, limits.value, limits.receive_timeout},
                                     replies, metrics.memory_waits_total);
  patience::surroundings waited_for = {reactor, memory.waited_for(), limits.receive_timeout};
};

}  // namespace tandem::frontend
