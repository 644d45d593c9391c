#include "net/peer_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace tandem::net {
namespace {

constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(peer_address const& one) { return std::equal(mapped.begin(), mapped.end(), one.begin()); }

}  // namespace

std::optional<peer_address> peer_address_of(int descriptor) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return std::nullopt;
  peer_address made{};
  if (peer.ss_family == AF_INET6) {
    std::memcpy(made.data(), &reinterpret_cast<sockaddr_in6 const&>(peer).sin6_addr, made.size());
    return made;
  }
  if (peer.ss_family != AF_INET) return std::nullopt;
  std::ranges::copy(mapped, made.begin());
  std::memcpy(made.data() + mapped.size(), &reinterpret_cast<sockaddr_in const&>(peer).sin_addr,
              made.size() - mapped.size());
  return made;
}

peer_address network_of(peer_address const& one) {
  peer_address made = one;
  if (!is_mapped(one)) std::fill(made.begin() + 8, made.end(), std::uint8_t{0});
  return made;
}

std::string to_string(peer_address const& one) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  bool const v4 = is_mapped(one);
  ::inet_ntop(v4 ? AF_INET : AF_INET6, one.data() + (v4 ? mapped.size() : 0), text.data(), text.size());
  return text.data();
}

}  // namespace tandem::net
