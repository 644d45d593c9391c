#include "backend/memcached/server_links.hpp"

#include "backend/reconnect.hpp"

namespace tandem::backend::memcached {

server_links::server_links(surroundings const& around, net::server_name const& first, terms const& on)
    : net::link_set<codec>(around.health, around.worker_metrics, base::identity(on), first, on.upstream),
      releases_(on.upstream.connections) {
  net::pipeline_options const options{on.where, on.upstream, watched(), jittered_pauses(on.upstream)};
  for (protocol::memcached_release& told : releases_) {
    add(std::make_unique<link>(
        around.reactor, options, [value_max = on.value_max] { return codec(value_max); },
        [&told](link& made) { return greet(made, told); }));
  }
  probe_with({"mn\r\n", [](codec::reply_type const&) { return true; }});
}

}  // namespace tandem::backend::memcached
