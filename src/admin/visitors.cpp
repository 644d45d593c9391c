#include "admin/visitors.hpp"

#include <algorithm>
#include <utility>

namespace tandem::admin {

std::optional<visitors::number> visitors::in_the_way_of(std::string const& address) const {
  auto const holdings = by_address();
  auto const own = holdings.find(address);
  if (!address.empty() && own != holdings.end() && own->second.count >= most_per_address_)
    return own->second.oldest;
  if (count() < most_) return std::nullopt;
  auto const crowd = std::ranges::max_element(
      holdings, {}, [](auto const& each) { return std::pair(each.second.count, -each.second.oldest); });
  return crowd->second.oldest;
}

visitors::number visitors::arrive(std::string address) {
  present_.emplace(next_, std::move(address));
  return next_++;
}

std::map<std::string, visitors::holding> visitors::by_address() const {
  std::map<std::string, holding> holdings;
  for (auto const& [who, address] : present_) {
    holding& own = holdings.try_emplace(address, holding{0, who}).first->second;
    ++own.count;
  }
  return holdings;
}

}  // namespace tandem::admin
