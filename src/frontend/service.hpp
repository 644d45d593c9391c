// What the sessions of one worker share: where requests go, how much they may hold, and who counts. The
// worker owns it and keeps it for as long as there are sessions.
#pragma once

#include "frontend/client_metrics.hpp"
#include "frontend/options.hpp"
#include "frontend/reply_queue.hpp"
#include "frontend/stats.hpp"
#include "frontend/turn_line.hpp"
#include "model/route.hpp"

namespace tandem::net {
class reactor;
}

namespace tandem::frontend {

struct service {
  net::reactor& reactor;
  model::route& root;
  model::request_context& context;
  limits_options limits;
  std::size_t buffer_bytes_max;  // this worker's share of limits.memory
  client_metrics& counted;
  stats& statistics;
  reply_budget replies = {};
  std::uint32_t sessions_made = 0;
  turn_line turns = turn_line(reactor);
};

}  // namespace tandem::frontend
