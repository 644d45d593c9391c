#include "config/section/announce.hpp"
#include "config/section/sections.hpp"
#include "config/section_reader.hpp"

#include <array>
#include <string>
#include <unordered_set>

namespace tandem::config {

namespace {

constexpr std::string_view listener_expected = "{address: HOST:PORT} or {address: unix:PATH}";

constexpr unsigned probes_max = 127;  // the kernel's bounds
constexpr std::chrono::seconds probing_max{32767};

/// Keys that mean something to a Unix socket only, and what a TCP listener has none of.
struct unix_key {
  std::string_view name;
  std::string_view what;
};
constexpr std::array unix_keys{unix_key{"mode", "permissions"}, unix_key{"owner", "owner"},
                               unix_key{"group", "group"}};

void read_permissions(section_reader const& keys, net::listener_options& listener) {
  node const* const mode = keys.find("mode");
  node const* const owner = keys.find("owner");
  node const* const group = keys.find("group");
  if (mode) listener.mode = mode->parse(parse_mode, "octal digits in quotes, such as \"0660\"").value_or(0);
  if (owner) listener.owner = owner->parse(parse_user, "the name of a user");
  if (group) listener.group = group->parse(parse_group, "the name of a group");
}

void read_keepalive(section_reader const& keys, net::listener_options& listener) {
  node const* const value = keys.find("keepalive");
  if (!value) return;
  if (value->is_scalar() && value->text("off") == "off") {
    listener.keepalive.reset();
    return;
  }
  if (!value->is_map()) return value->error("write {idle: 60s, interval: 10s, probes: 3}, or off");
  using namespace std::chrono_literals;
  net::keepalive_options times;
  section_reader const parts(*value, {"idle", "interval", "probes"});
  parts.read_duration("idle", times.idle, {1s, probing_max});
  parts.read_duration("interval", times.interval, {1s, probing_max});
  parts.read_number<unsigned>("probes", times.probes, {1, probes_max});
  listener.keepalive = times;
}

constexpr std::array details{choice<net::server_details>{"full", net::server_details::full},
                             choice<net::server_details>{"names", net::server_details::names}};

bool within_this_machine(net::endpoint const& where) {
  return where.unix_socket() || where.host == "localhost" || where.host == "::1" ||
         where.host.starts_with("127.");
}

/// What the kind of listener has no use for.
void refuse_others(section_reader const& keys, net::endpoint const& endpoint) {
  if (endpoint.unix_socket()) {
    node const* const keepalive = keys.find("keepalive");
    if (keepalive) keepalive->error("clients of a Unix socket do not vanish unseen; remove it");
    return;
  }
  for (unix_key const& each : unix_keys) {
    node const* const given = keys.find(each.name);
    if (given)
      given->error(fmt::format("a TCP listener has no {}; remove it, or listen on unix:PATH", each.what));
  }
}

std::optional<net::listener_options> read_listener(node const& item) {
  if (!item.is_map()) {
    item.error(fmt::format("not a mapping; write {}", listener_expected));
    return std::nullopt;
  }
  section_reader const keys(
      item, {"address", "mode", "owner", "group", "keepalive", "announce", "details"},
      {{"tls", "remove it, and terminate TLS in front of tandem"},
       {"auth", "remove it, and keep clients out with a Unix socket's mode or a private address"}});
  net::listener_options listener;
  read_permissions(keys, listener);
  read_keepalive(keys, listener);
  node const* const address = keys.require("address", "write HOST:PORT or unix:PATH");
  auto endpoint = address ? address->parse(parse_endpoint, "HOST:PORT or unix:PATH") : std::nullopt;
  if (!endpoint) return std::nullopt;
  refuse_others(keys, *endpoint);
  listener.endpoint = *std::move(endpoint);
  if (!within_this_machine(listener.endpoint)) listener.details = net::server_details::names;
  keys.read_choice<net::server_details>("details", listener.details, details);
  read_announce(keys, listener.announce);
  return listener;
}

}  // namespace

std::vector<net::listener_options> read_listen(node const& section) {
  std::vector<net::listener_options> listeners;
  std::unordered_set<std::string> seen;
  for (node const& item : section.items(fmt::format("a sequence of {}", listener_expected))) {
    std::optional<net::listener_options> read = read_listener(item);
    if (!read) continue;
    if (!seen.insert(read->endpoint.str()).second) {
      item.error(fmt::format("{} is listened on already; remove one", read->endpoint.str()));
    }
    listeners.push_back(*std::move(read));
  }
  return listeners;
}

}  // namespace tandem::config
