#include "config/mistake.hpp"
#include "config/scalars.hpp"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <sys/un.h>

#include <algorithm>

namespace tandem::config {

namespace {

// The kernel keeps a terminating zero in sun_path.
constexpr std::size_t unix_path_max = sizeof(sockaddr_un::sun_path) - 1;

bool is_address(int family, std::string const& host) {
  unsigned char binary[sizeof(in6_addr)];
  return inet_pton(family, host.c_str(), binary) == 1;
}

/// A name, or an IPv4 address; what consists of digits and dots must be a whole address.
bool is_host(std::string const& host) {
  auto const digit_or_dot = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  auto const of_a_name = [&](char c) {
    return digit_or_dot(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  };
  if (host.empty()) return false;
  if (std::ranges::all_of(host, digit_or_dot)) return is_address(AF_INET, host);
  return std::ranges::all_of(host, of_a_name);
}

base::result<net::endpoint> parse_unix(std::string_view path) {
  if (path.empty()) return wrong("\"unix:\" has no path; write unix:/run/tandem.sock, say");
  if (path.size() > unix_path_max) {
    return wrong(
        fmt::format("the path of a Unix socket has at most {} bytes, this one has {}; choose a shorter one",
                    unix_path_max, path.size()));
  }
  return net::endpoint{.host = {}, .port = 0, .path = std::string(path)};
}

base::result<std::uint16_t> parse_port(std::string_view text) {
  base::result<std::uint64_t> const number = parse_number(text);
  if (number && *number >= 1 && *number <= 65535) return static_cast<std::uint16_t>(*number);
  return wrong(fmt::format("\"{}\" is not a port; ports are 1 to 65535", text));
}

base::result<net::endpoint> with_port(std::string host, std::string_view port_text) {
  base::result<std::uint16_t> const port = parse_port(port_text);
  if (!port) return port.error();
  return net::endpoint{.host = std::move(host), .port = *port, .path = {}};
}

/// `text` begins with a bracket.
base::result<net::endpoint> parse_bracketed(std::string_view text) {
  std::size_t const close = text.find(']');
  std::string const host(text.substr(1, close == std::string_view::npos ? close : close - 1));
  if (close == std::string_view::npos || !is_address(AF_INET6, host)) {
    return wrong(fmt::format("\"{}\" is not an IPv6 address in brackets; write [::1]:11211, say", text));
  }
  std::string_view const rest = text.substr(close + 1);
  if (!rest.starts_with(':'))
    return wrong(fmt::format("\"{0}\" has no port; write [{1}]:11211, say", text, host));
  return with_port(host, rest.substr(1));
}

}  // namespace

base::result<net::endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with("unix:")) return parse_unix(text.substr(5));
  if (text.starts_with("/")) return wrong(fmt::format("\"{0}\" is a path; write unix:{0}", text));
  if (text.starts_with("[")) return parse_bracketed(text);
  std::size_t const colon = text.rfind(':');
  std::string host(text.substr(0, colon));
  if (is_address(AF_INET6, std::string(text)) || host.find(':') != std::string::npos) {
    return wrong(
        fmt::format("\"{}\" is not HOST:PORT; an IPv6 address stands in brackets, as in [::1]:11211", text));
  }
  if (!is_host(host)) return wrong(fmt::format("\"{}\" has no valid host; write HOST:PORT", text));
  if (colon == std::string_view::npos)
    return wrong(fmt::format("\"{0}\" has no port; write {0}:11211, say", text));
  return with_port(std::move(host), text.substr(colon + 1));
}

}  // namespace tandem::config
