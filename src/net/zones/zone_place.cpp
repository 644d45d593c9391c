#include "net/zones/options.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace tandem::net {
namespace {

namespace ip = boost::asio::ip;

base::error no_place(std::string message) { return {base::error_kind::configuration, std::move(message)}; }

/// As names of hosts in the configuration; what consists of digits and dots would have to be an address.
bool may_be_host_name(std::string_view text) {
  auto const of_a_name = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  };
  auto const digit_or_dot = [](unsigned char c) { return std::isdigit(c) != 0 || c == '.'; };
  return !text.empty() && std::ranges::all_of(text, of_a_name) && !std::ranges::all_of(text, digit_or_dot);
}

std::string in_lower_case(std::string_view text) {
  std::string made(text);
  std::ranges::transform(made, made.begin(), [](unsigned char c) { return std::tolower(c); });
  return made;
}

template <class Network>
bool holds(Network const& outer, Network const& inner) {
  return inner == outer || inner.is_subnet_of(outer);
}

/// Whether there is a host in both; what is of different kinds has none in common.
struct overlap {
  bool operator()(std::string const& one, std::string const& other) const { return one == other; }
  template <class Network>
  bool operator()(Network const& one, Network const& other) const {
    return holds(one, other) || holds(other, one);
  }
  template <class One, class Other>
  bool operator()(One const&, Other const&) const {
    return false;
  }
};

}  // namespace

base::result<zone_place::content> zone_place::read(std::string_view text) {
  boost::system::error_code failed;
  std::string const whole(text);
  auto const checked = [&whole](auto const& range) -> base::result<content> {
    if (range == range.canonical()) return content(range);
    return no_place(fmt::format("{} is no network, for it has bits beyond its prefix; write {}", whole,
                                range.canonical().to_string()));
  };
  auto const checked_v6 = [&](network_v6 const& range) -> base::result<content> {
    if (!range.address().is_v4_mapped()) return checked(range);
    return no_place(fmt::format("{} stands for addresses of IPv4; write these", whole));
  };
  if (auto const one = ip::make_address(whole, failed); !failed) {
    return one.is_v4() ? checked(network_v4(one.to_v4(), 32)) : checked_v6(network_v6(one.to_v6(), 128));
  }
  if (auto const range = ip::make_network_v4(whole, failed); !failed) return checked(range);
  if (auto const range = ip::make_network_v6(whole, failed); !failed) return checked_v6(range);
  if (may_be_host_name(text)) return content(in_lower_case(text));
  return no_place(
      fmt::format("\"{}\" is no network, address or name of a host; write 10.0.1.0/24, \"fd00:1::/64\" or "
                  "cache.example.org, say",
                  text));
}

base::result<zone_place> zone_place::parse(std::string_view text) {
  auto found = read(text);
  if (!found) return found.error();
  return zone_place(text, *std::move(found));
}

bool zone_place::overlaps(zone_place const& other) const { return std::visit(overlap{}, what_, other.what_); }

std::string_view zone_options::zone_of(net::endpoint const& where) const {
  auto const host = zone_place::parse(where.host);
  if (!host) return {};
  auto const found =
      std::ranges::find_if(places, [&](listed const& each) { return each.place.overlaps(*host); });
  return found == places.end() ? std::string_view() : std::string_view(found->zone);
}

}  // namespace tandem::net
