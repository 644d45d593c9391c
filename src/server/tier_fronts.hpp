// What stands in front of the tiered routes of one worker: the order of requests on a key, and as the configuration says
// the write-back queue, or L1 alone while L2 fails. On the worker's thread.
#pragma once

#include "model/route.hpp"
#include "net/reactor.hpp"
#include "server/write_back_queues.hpp"
#include "tier/options.hpp"
#include "tier/ordered_route.hpp"
#include "tier/write_back/write_back_route.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tandem::server {

/// One tiered backend of the configuration, and what its fronts refer to.
struct fronted_tiers {
  std::string const& name;
  tier::tiered_options const& options;
  model::route& near;
  model::route& far;
  bool far_keeps_flags;
  net::reactor& reactor;
  base::clock const& clock;
  write_back_queues& queues;
};

class tier_fronts {
 public:
  /// The outermost route of the backend. `tiered` writes around where the configuration says `write: back`.
  std::unique_ptr<model::route> put_before(model::route& tiered, fronted_tiers const& of);

  /// Begins to write what is unwritten.
  void kick();

  /// Calls `drained` when nothing is unwritten any more.
  void drain(std::function<void()> drained);

  /// Goes on with no request that waits for another. Before the sessions end.
  void close();

  /// Before any route ends.
  void stop();

 private:
  std::vector<std::unique_ptr<model::route>> inner_;
  std::vector<tier::write_back_route*> queued_;  // among these
  std::vector<tier::ordered_route*> outermost_;  // the backends' own
  std::size_t undrained_ = 0;
};

}  // namespace tandem::server
