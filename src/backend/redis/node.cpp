#include "backend/redis/node.hpp"

#include "backend/reconnect.hpp"

#include <algorithm>
#include <functional>

namespace tandem::backend::redis {

node::node(node_settings const& shared, net::endpoint where) : label_(shared.watched(where).name.str()) {
  net::pipeline_options const options{where, shared.upstream, shared.watched(where),
                                      jittered_pauses(shared.upstream)};
  for (std::size_t count = 0; count < shared.upstream.connections; ++count) {
    links_.push_back(std::make_unique<link>(
        shared.reactor, options, [] { return codec(); },
        [&shared](link& through) { return greet(through, shared.options); }));
  }
}

link& node::link_for(std::string_view key) {
  if (links_.size() == 1) return *links_.front();
  return *links_[std::hash<std::string_view>()(key) % links_.size()];
}

bool node::quiet() const {
  return std::ranges::all_of(links_, [](auto const& each) { return each->quiet(); });
}

}  // namespace tandem::backend::redis
