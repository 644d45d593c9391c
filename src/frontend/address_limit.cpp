#include "frontend/address_limit.hpp"

namespace tandem::frontend {

std::optional<address_limit::place> address_limit::enter(std::optional<net::peer_address> const& from) {
  if (!counts() || !from) return place();
  std::lock_guard const lock(mutex_);
  net::peer_address const network = net::network_of(*from);
  std::size_t& has = connections_[network];
  if (has >= most_) return std::nullopt;
  ++has;
  return place(*this, network);
}

void address_limit::left(net::peer_address const& from) {
  std::lock_guard const lock(mutex_);
  auto const found = connections_.find(from);
  if (--found->second == 0) connections_.erase(found);
}

}  // namespace tandem::frontend
