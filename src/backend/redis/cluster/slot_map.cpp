#include "backend/redis/cluster/slot_map.hpp"

#include <algorithm>

namespace tandem::backend::redis {

using protocol::redis::reply;
using protocol::redis::reply_kind;

namespace {

constexpr char const* nonsense = "no answer to CLUSTER SLOTS";
constexpr char const* crowded = "names more than 1024 masters or replicas";
static_assert(slot_map::nodes_max == 1024);

/// [host or nil, port, ...]. A node that does not know its own name gives none, or "?".
std::optional<net::endpoint> read_endpoint(reply const& node, std::string const& asked_host) {
  if (!node.is(reply_kind::array) || node.elements.size() < 2) return std::nullopt;
  reply const& host = node.elements[0];
  reply const& port = node.elements[1];
  if (!host.is(reply_kind::string) && !host.is(reply_kind::nil)) return std::nullopt;
  if (!port.is(reply_kind::integer) || port.number < 1 || port.number > 65535) return std::nullopt;
  bool const unnamed = host.text.empty() || host.text.view() == "?";
  return net::endpoint{unnamed ? asked_host : host.text.str(), static_cast<std::uint16_t>(port.number), {}};
}

bool is_slot(reply const& number) {
  return number.is(reply_kind::integer) && number.number >= 0 &&
         number.number < static_cast<std::int64_t>(slot_map::slot_count);
}

}  // namespace

base::result<slot_map> slot_map::read(reply const& received, std::string const& asked_host) {
  auto const failed = [](std::string_view why) {
    return base::error{base::error_kind::bad_reply, std::string(why)};
  };
  if (received.is_error()) return failed(received.text.view());
  if (!received.is(reply_kind::array)) return failed(nonsense);
  slot_map made;
  for (reply const& range : received.elements) {
    if (char const* const wrong = made.read_range(range, asked_host)) return failed(wrong);
  }
  if (made.empty()) return failed("serves no slot");
  return made;
}

/// [first slot, last slot, master, replicas...]
char const* slot_map::read_range(reply const& range, std::string const& asked_host) {
  if (!range.is(reply_kind::array) || range.elements.size() < 3) return nonsense;
  reply const& first = range.elements[0];
  reply const& last = range.elements[1];
  if (!is_slot(first) || !is_slot(last) || first.number > last.number) return nonsense;
  auto const master = read_endpoint(range.elements[2], asked_host);
  if (!master) return nonsense;
  auto const owner = index_of(*master);
  if (!owner) return crowded;
  std::fill(owners_.begin() + first.number, owners_.begin() + last.number + 1, *owner);
  for (std::size_t each = 3; each < range.elements.size(); ++each) {
    auto const replica = read_endpoint(range.elements[each], asked_host);
    if (!replica) return nonsense;
    auto const known = std::ranges::find(replicas_, *replica);
    followers_.emplace(*owner, static_cast<std::size_t>(known - replicas_.begin()));
    if (known != replicas_.end()) continue;
    if (replicas_.size() == nodes_max) return crowded;
    replicas_.push_back(*replica);
  }
  return nullptr;
}

std::optional<std::uint16_t> slot_map::index_of(net::endpoint const& master) {
  auto const found = std::ranges::find(masters_, master);
  auto const index = static_cast<std::uint16_t>(found - masters_.begin());
  if (found != masters_.end()) return index;
  if (masters_.size() == nodes_max) return std::nullopt;
  masters_.push_back(master);
  return index;
}

std::optional<std::size_t> slot_map::owner(std::uint16_t slot) const {
  std::uint16_t const found = owners_[slot];
  if (found == nobody) return std::nullopt;
  return found;
}

std::vector<net::endpoint> slot_map::replicas_of(std::size_t master) const {
  std::vector<net::endpoint> found;
  for (auto each = followers_.lower_bound({master, 0}); each != followers_.end() && each->first == master;
       ++each)
    found.push_back(replicas_[each->second]);
  return found;
}

bool slot_map::learn(std::uint16_t slot, net::endpoint const& where) {
  auto const index = index_of(where);
  if (!index) return false;
  owners_[slot] = *index;
  return true;
}

}  // namespace tandem::backend::redis
