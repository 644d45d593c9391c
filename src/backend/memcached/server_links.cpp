#include "backend/memcached/server_links.hpp"

#include "backend/reconnect.hpp"

#include <utility>

namespace tandem::backend::memcached {

server_links::server_links(surroundings const& around, net::server_name const& first, terms const& on)
    : net::link_set<codec>(around.health, around.worker_metrics, base::identity(on), first, on.upstream),
      releases_(on.upstream.connections),
      peers_(on.upstream.connections) {
  net::pipeline_options const options{on.where, on.upstream, watched(), jittered_pauses(on.upstream)};
  for (std::size_t index = 0; index < releases_.size(); ++index) {
    add(std::make_unique<link>(
        around.reactor, options, [value_max = on.value_max] { return codec(value_max); },
        [this, index](link& made) {
          came_to(index, made.peer());
          return greet(made, releases_[index]);
        }));
  }
  probe_with({"mn\r\n", [](codec::reply_type const&) { return true; }});
}

void server_links::came_to(std::size_t index, std::string peer) {
  if (peer.empty())
    return;  // it was reset at once: nothing is asked over it, and nothing is known of the next
  std::string const before = std::exchange(peers_[index], std::move(peer));
  if (before.empty() || before == peers_[index]) return;
  for (follower* const each : followers_) each->on_another();
}

}  // namespace tandem::backend::memcached
