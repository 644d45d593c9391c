#include "admin/visitors.hpp"

#include <algorithm>
#include <utility>

namespace tandem::admin {

std::optional<visitors::number> visitors::in_the_way_of(std::string const& address) const {
  auto const places = by_address();
  auto const own = places.find(address);
  if (!address.empty() && own != places.end() && own->second.taken >= most_per_address_)
    return own->second.oldest;
  if (count() < most_) return std::nullopt;
  auto const crowd = std::ranges::max_element(
      places, {}, [](auto const& each) { return std::pair(each.second.taken, -each.second.oldest); });
  return crowd->second.oldest;
}

visitors::number visitors::arrive(std::string address) {
  present_.emplace(next_, std::move(address));
  return next_++;
}

std::map<std::string, visitors::place> visitors::by_address() const {
  std::map<std::string, place> places;
  for (auto const& [who, address] : present_) {
    place& at = places.try_emplace(address, place{0, who}).first->second;
    ++at.taken;
  }
  return places;
}

}  // namespace tandem::admin
