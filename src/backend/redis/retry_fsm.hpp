// What Redis adds to policy/retries.hpp: what the errors that it answers with lead to, and when its map of slots or a
// connection is to be made anew. One for each request, asked after each attempt that failed; without I/O.
//
//   MOVED, ASK                            the node named, at once; at most five such steps
//   TRYAGAIN LOADING CLUSTERDOWN          a pause that grows, then the node that has the key by then
//   MASTERDOWN READONLY, no node known    ... over a new connection to a single server: its name may lead elsewhere now;
//                                         Sentinels are asked who the master is
//   NOAUTH                                a pause as above, over a new connection, which signs in; neither waits if new
//                                         connections have not helped lately (node.hpp)
//   NOSCRIPT                              the same node, with the script's body
//   WRONGTYPE                             ask for the type, to name it
//   OOM MISCONF NOREPLICAS NOPERM and     the end
//   any other error
//   no answer                             as for any server; in a cluster, and by Sentinels, another node may take over
#pragma once

#include "backend/redis/options.hpp"
#include "net/exchange.hpp"
#include "policy/retries.hpp"
#include "protocol/redis/error_reply.hpp"

#include <cstdint>

namespace tandem::backend::redis {

enum class next_move : std::uint8_t {
  arrived,        // the attempt brought the answer; never said by the machine itself
  follow,         // the node that the error names
  follow_asking,  // the same, with ASKING in front
  pause,          // wait, then whichever node has the key
  repeat,         // whichever node has the key, at once
  send_body,      // the same node and preamble
  find_type,      // the same node and preamble
  give_up,
};

struct step {
  next_move what;
  base::duration pause{};
  bool map_is_stale = false;  // have the slot map fetched again, or Sentinels asked
  bool renew_link = false;    // have the connection made again
};

class retry_fsm {
 public:
  static constexpr unsigned redirections_max = 5;

  /// `repeatable`: doing the request twice is the same as once. `again`: how often at once, at most.
  retry_fsm(topology servers, bool repeatable, unsigned again = 1)
      : servers_(servers),
        repeatable_(repeatable),
        retries_(servers == topology::single ? policy::servers::one : policy::servers::take_over, again) {}

  /// `random` is uniform over all values.
  step on_error(protocol::redis::error_code code, std::uint32_t random);
  step on_failure(net::exchange_failure const& failed, std::uint32_t random);
  step on_no_node(std::uint32_t random) { return paused(random); }

 private:
  step paused(std::uint32_t random);
  step renewed(std::uint32_t random);
  step redirected(next_move what);
  bool redirects() const { return servers_ == topology::cluster; }
  /// Who is asked for a key may change.
  bool has_map() const { return servers_ != topology::single; }

  topology servers_;
  bool repeatable_;
  unsigned redirections_ = 0;
  policy::retries retries_;
};

}  // namespace tandem::backend::redis
