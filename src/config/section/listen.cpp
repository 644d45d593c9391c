#include "config/section/announce.hpp"
#include "config/section/sections.hpp"
#include "config/section_reader.hpp"

#include <algorithm>

namespace tandem::config {

namespace {

constexpr std::string_view expected = "{address: HOST:PORT} or {address: unix:PATH}";

std::optional<net::listener_options> read_listener(node const& item) {
  if (!item.is_map()) {
    item.error(fmt::format("not a mapping; write {}", expected));
    return std::nullopt;
  }
  section_reader const keys(
      item, {"address", "mode", "announce"},
      {{"tls", "remove it, and terminate TLS in front of tandem"},
       {"auth", "remove it, and keep clients out with a Unix socket's mode or a private address"}});
  node const* const mode = keys.find("mode");
  std::optional<unsigned> const bits =
      mode ? mode->parse(parse_mode, "octal digits in quotes, such as \"0660\"") : std::nullopt;
  node const* const address = keys.require("address", "write HOST:PORT or unix:PATH");
  auto endpoint = address ? address->parse(parse_endpoint, "HOST:PORT or unix:PATH") : std::nullopt;
  if (!endpoint) return std::nullopt;
  if (mode && !endpoint->unix_socket()) {
    mode->error("a TCP listener has no permissions; remove it, or listen on unix:PATH");
  }
  net::listener_options listener{.endpoint = *std::move(endpoint), .mode = bits.value_or(0), .announce = {}};
  read_announce(keys, listener.announce);
  return listener;
}

}  // namespace

std::vector<net::listener_options> read_listen(node const& section) {
  std::vector<net::listener_options> listeners;
  for (node const& item : section.items(fmt::format("a sequence of {}", expected))) {
    std::optional<net::listener_options> read = read_listener(item);
    if (!read) continue;
    if (std::ranges::find(listeners, read->endpoint, &net::listener_options::endpoint) != listeners.end()) {
      item.error(fmt::format("{} is listened on already; remove one", read->endpoint.str()));
    }
    listeners.push_back(*std::move(read));
  }
  return listeners;
}

}  // namespace tandem::config
