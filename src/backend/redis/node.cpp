#include "backend/redis/node.hpp"

#include "backend/reconnect.hpp"

#include <algorithm>
#include <functional>

namespace tandem::backend::redis {
namespace {

/// One that is needed so long after the last was allowed is the first of a new trouble.
constexpr base::duration renewals_forgotten_after = std::chrono::seconds(10);

/// So many in a row may each find what the last did not: some 200 ms.
constexpr unsigned renewals_hopeful = 3;

}  // namespace

node::node(node_settings const& shared, net::endpoint where)
    : reactor_(shared.reactor),
      pause_(jittered_pauses(shared.upstream)),
      label_(shared.watched(where).name.str()),
      renewals_(shared.upstream.connections),
      refusals_(shared.options.topology, shared.reactor, shared.watched(where)) {
  net::pipeline_options const options{where, shared.upstream, shared.watched(where),
                                      jittered_pauses(shared.upstream)};
  for (std::size_t count = 0; count < shared.upstream.connections; ++count) {
    links_.push_back(std::make_unique<link>(
        shared.reactor, options, [&shared] { return codec(shared.options.value_max); },
        [&shared](link& through) { return greet(through, shared.options); }));
  }
}

std::size_t node::index_for(std::string_view key) const {
  return links_.size() == 1 ? 0 : std::hash<std::string_view>()(key) % links_.size();
}

link& node::link_for(std::string_view key) { return *links_[index_for(key)]; }

bool node::renew_link_for(std::string_view key) {
  std::size_t const index = index_for(key);
  renewals& made = renewals_[index];
  base::time_point const now = reactor_.now();
  if (now < made.next) return made.in_row < renewals_hopeful;
  if (!links_[index]->renew()) return true;
  if (now - made.next > renewals_forgotten_after) made.in_row = 0;
  made.next = now + pause_(made.in_row++);
  return true;
}

bool node::quiet() const {
  return std::ranges::all_of(links_, [](auto const& each) { return each->quiet(); });
}

}  // namespace tandem::backend::redis
