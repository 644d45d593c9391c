#include "backend/redis/invalidation/link_needs.hpp"

#include "hashing/redis_slot.hpp"

#include <algorithm>

namespace tandem::backend::redis {
namespace {

void add(std::vector<net::endpoint>& to, net::endpoint const& one) {
  if (std::ranges::find(to, one) == to.end()) to.push_back(one);
}

}  // namespace

link_needs needs_of(redis_options const& options, subscription_options const& what,
                    std::span<slot_map const* const> views, std::optional<net::endpoint> const& master) {
  link_needs found;
  if (options.topology == topology::sentinel) {
    if (master) found.needed = {*master};
    return found;
  }
  if (options.topology == topology::single) {
    found.needed = options.servers;
    return found;
  }
  std::uint16_t const slot = hashing::redis_slot(what.channel);
  found.scouts = options.servers;
  for (slot_map const* view : views) {
    for (net::endpoint const& each : view->masters()) add(found.scouts, each);
    if (what.tracking()) {
      for (net::endpoint const& each : view->masters()) add(found.needed, each);
    } else if (auto const owner = view->owner(slot)) {
      add(found.needed, view->masters()[*owner]);
    }
  }
  return found;
}

}  // namespace tandem::backend::redis
