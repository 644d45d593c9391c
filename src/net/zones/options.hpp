// Zones: parts of a network between which traffic is slow or costs money, such as a provider's availability zones. This process runs
// in one of them, and servers are in the one that lists their address or their name.
#pragma once

#include "base/result.hpp"
#include "net/options.hpp"

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tandem::net {

/// Where servers are: a network in CIDR, one address, or a host's name.
class zone_place {
 public:
  /// `10.0.1.0/24`, `fd00:1::/64`, `10.0.1.7`, `cache-a.example.org`. The error says what would be right.
  static base::result<zone_place> parse(std::string_view text);

  /// Whether there is a host in both. A name is a host of its own, whatever it leads to.
  bool overlaps(zone_place const& other) const;

  std::string const& str() const { return text_; }

  friend bool operator==(zone_place const&, zone_place const&) = default;

 private:
  using network_v4 = boost::asio::ip::network_v4;
  using network_v6 = boost::asio::ip::network_v6;
  using name = std::string;  // in lower case
  using content = std::variant<name, network_v4, network_v6>;

  zone_place(std::string_view text, content what) : text_(text), what_(std::move(what)) {}

  static base::result<content> read(std::string_view text);

  std::string text_;
  content what_;
};

struct zone_options {
  struct listed {
    zone_place place;
    std::string zone;

    friend bool operator==(listed const&, listed const&) = default;
  };

  std::string own;             // in which this process runs; empty: it has not been told
  std::vector<listed> places;  // those of different zones do not overlap

  /// In which a server is; empty if none has its address or its name, as it is written.
  std::string_view zone_of(net::endpoint const& where) const;

  bool is_near(net::endpoint const& where) const { return !own.empty() && zone_of(where) == own; }

  friend bool operator==(zone_options const&, zone_options const&) = default;
};

}  // namespace tandem::net
