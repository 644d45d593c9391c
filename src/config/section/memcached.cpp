#include "config/section/several.hpp"
#include "config/section_reader.hpp"
#include "model/limits.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace tandem::config {

namespace {

using backend::memcached::pool_options;
using backend::memcached::server_options;

using backend::memcached::discovery_options;
using backend::memcached::discovery_source;
using namespace std::chrono_literals;

constexpr std::string_view discover_expected = "{dns: NAME:PORT} or {elasticache: HOST:PORT}";
constexpr std::string_view server_expected = "HOST:PORT or {address: HOST:PORT, weight: 2, name: NAME}";

void read_address(node const& address, server_options& server) {
  auto endpoint = address.parse(parse_endpoint, server_expected);
  if (endpoint) server.endpoint = *std::move(endpoint);
}

server_options read_server(node const& item) {
  server_options server;
  if (!item.is_map()) {
    read_address(item, server);
    return server;
  }
  section_reader const keys(item, {"address", "weight", "name"});
  node const* const address = keys.require("address", "write HOST:PORT");
  if (address) read_address(*address, server);
  keys.read_number<std::uint32_t>("weight", server.weight, {1, 65535});
  if (keys.read_text("name", server.name) && server.name.empty()) {
    keys.find("name")->error("is empty; write a name, or leave it out");
  }
  return server;
}

/// The addresses and names of a pool's servers so far.
struct taken {
  std::unordered_set<std::string> addresses;
  std::unordered_set<std::string> names;
};

void check_duplicates(node const& item, server_options const& server, taken& before) {
  bool const known_address = server.endpoint != net::endpoint{};
  if (known_address && !before.addresses.insert(server.endpoint.str()).second) {
    item.error(fmt::format("{} is in the pool already; raise its weight instead", server.endpoint.str()));
    return;
  }
  if (!server.name.empty() && !before.names.insert(server.name).second) {
    item.error(fmt::format("another server is named \"{}\"; choose another name", server.name));
  }
}

void read_hash_tag(section_reader const& keys, std::string& hash_tag) {
  if (!keys.read_text("hash_tag", hash_tag) || hash_tag.size() == 2) return;
  keys.find("hash_tag")
      ->error(fmt::format(
          "\"{}\" is not a pair; write the opening and the closing character, such as \"{{}}\"", hash_tag));
}

void check_prefix(node const& item, std::string const& prefix, bool repeated) {
  auto const control = [](unsigned char each) { return each < 0x20 || each == 0x7f; };
  if (prefix.empty()) return item.error("is empty; write what the clients put before their keys");
  if (prefix.size() > model::key_size_max) {
    return item.error(fmt::format("is {} bytes long, and a key has {} at most; shorten it", prefix.size(),
                                  model::key_size_max));
  }
  if (std::ranges::any_of(prefix, control)) {
    return item.error("has a control character, which no key may have; remove it");
  }
  if (repeated) item.error(fmt::format("\"{}\" is in the list already; remove one of them", prefix));
}

void read_hash_without_prefix(section_reader const& keys, std::vector<std::string>& prefixes) {
  node const* const list = keys.find("hash_without_prefix");
  if (!list) return;
  std::unordered_set<std::string> seen;
  for (node const& item : list->items("a sequence of prefixes, such as [\"memc.sess.key.\"]")) {
    std::optional<std::string> prefix = item.text("a prefix of keys");
    if (!prefix) continue;
    check_prefix(item, *prefix, !seen.insert(*prefix).second);
    prefixes.push_back(*std::move(prefix));
  }
}

std::string names_of(std::span<hashing::hash_function const> functions) {
  std::string names;
  for (hashing::hash_function each : functions) {
    names.append(names.empty() ? "" : " or ").append(hashing::to_string(each));
  }
  return names;
}

/// What is wrong with a hash of that name, and what would be right; empty if nothing is.
std::string hash_fault(pool_options const& pool) {
  auto const distribution = hashing::to_string(pool.distribution);
  auto const choices = hashing::hash_functions_of(pool.distribution);
  if (choices.empty()) return fmt::format("distribution: {} has a hash of its own; remove it", distribution);
  if (std::ranges::find(choices, pool.hash) == choices.end()) {
    return fmt::format("distribution: {} does not take {}; write {}", distribution,
                       hashing::to_string(pool.hash), names_of(choices));
  }
  if (hashing::supported(pool.hash)) return {};
  return fmt::format(
      "the installed libmemcached was built without {}; write another, here and in the clients, or install "
      "one that has it",
      hashing::to_string(pool.hash));
}

void read_hash(section_reader const& keys, pool_options& pool) {
  pool.hash = hashing::default_hash_function(pool.distribution);
  if (!keys.read_name("hash", pool.hash, hashing::parse_hash_function, hashing::hash_function_names)) return;
  if (auto const fault = hash_fault(pool); !fault.empty()) keys.find("hash")->error(fault);
}

void read_points(section_reader const& keys, pool_options& pool) {
  if (!keys.read_number<std::uint32_t>("points", pool.points, {1, 65535})) return;
  if (pool.distribution == hashing::distribution::ketama_points) return;
  keys.find("points")->error(
      fmt::format("means nothing to distribution: {}; remove it, or write ketama_points",
                  hashing::to_string(pool.distribution)));
}

/// What one may write in place of a distribution without weights; the clients of some have none either.
std::string weighted_advice(hashing::distribution kind) {
  using hashing::distribution;
  if (kind != distribution::jump && kind != distribution::modula) return {};
  auto const other = kind == distribution::jump ? distribution::rendezvous : distribution::modula_weighted;
  return fmt::format(", or write {}", hashing::to_string(other));
}

/// What makes a ring that cannot be, or would take too much memory.
void check_size(node const& servers, pool_options const& pool) {
  auto const kind = pool.distribution;
  if (auto const most = hashing::servers_max(kind); most && pool.servers.size() > *most) {
    servers.error(fmt::format(
        "distribution: {} has {} servers at most; remove some, or write jump, rendezvous or modula",
        hashing::to_string(kind), *most));
  }
  std::size_t points = 0;
  for (server_options const& each : pool.servers) {
    points += hashing::points_per_weight(kind, pool.points) * each.weight;
  }
  if (points <= hashing::ring_points_max) return;
  servers.error(
      fmt::format("the weights make a ring of {} points, and it may have {}; lower the weights, here and in "
                  "the clients",
                  points, hashing::ring_points_max));
}

bool stands_for_itself(std::string_view host) {
  return host.find_first_not_of("0123456789.") == std::string_view::npos ||
         host.find(':') != std::string_view::npos;
}

/// Whoever tells the servers, by TCP.
void read_source(node const& from, discovery_source source, discovery_options& into) {
  into.source = source;
  auto endpoint = from.parse(parse_endpoint, "HOST:PORT");
  if (!endpoint) return;
  if (endpoint->unix_socket()) return from.error("a Unix socket tells no servers; write HOST:PORT");
  bool const dns = source == discovery_source::dns;
  if (dns && stands_for_itself(endpoint->host))
    return from.error(
        fmt::format("{} is an address; list it under servers, or write a name", endpoint->host));
  into.from = *std::move(endpoint);
}

void read_discover(node const& section, pool_options& pool) {
  if (!section.is_map()) return section.error(fmt::format("not a mapping; write {}", discover_expected));
  section_reader const keys(section, {"dns", "elasticache", "every"});
  node const* const dns = keys.find("dns");
  node const* const elasticache = keys.find("elasticache");
  discovery_options& discover = pool.discover.emplace();
  if (dns) read_source(*dns, discovery_source::dns, discover);
  if (elasticache) {
    discover.every = 60s;
    read_source(*elasticache, discovery_source::elasticache, discover);
  }
  if (dns && elasticache) elasticache->error("\"dns\" is given as well; keep one of the two");
  if (!keys.contains("dns") && !keys.contains("elasticache"))
    section.error(fmt::format("does not say who tells the servers; write {}", discover_expected));
  keys.read_duration<std::chrono::milliseconds>("every", discover.every, {1s, 1h});
}

/// Where a server that comes or goes moves most keys.
void warn_of_moves(node const& section, pool_options const& pool) {
  using hashing::distribution;
  constexpr std::array by_number{distribution::modula, distribution::modula_weighted, distribution::jump,
                                 distribution::memjs, distribution::spymemcached};
  if (std::ranges::find(by_number, pool.distribution) == by_number.end()) return;
  section.shared().found.warning(
      section.at(), fmt::format("with distribution: {} most keys move whenever a server comes or goes; write "
                                "ketama or rendezvous, unless clients place keys in that way, too",
                                hashing::to_string(pool.distribution)));
}

void read_servers(section_reader const& keys, pool_options& pool) {
  if (node const* const discover = keys.find("discover")) {
    read_discover(*discover, pool);
    warn_of_moves(*discover, pool);
    if (node const* const servers = keys.find("servers"))
      servers->error("\"discover\" finds the servers; keep one of the two");
    return;
  }
  node const* const servers = keys.require("servers", "list HOST:PORT of each");
  if (!servers) return;
  taken before;
  for (node const& item : servers->items(fmt::format("a sequence of {}", server_expected))) {
    server_options server = read_server(item);
    check_duplicates(item, server, before);
    if (server.weight != 1 && !hashing::has_weights(pool.distribution)) {
      item.error(fmt::format("distribution: {} has no weights; remove the weight{}",
                             hashing::to_string(pool.distribution), weighted_advice(pool.distribution)));
    }
    pool.servers.push_back(std::move(server));
  }
  check_size(*servers, pool);
}

}  // namespace

pool_options read_memcached(node const& section, backend_options& owner, std::vector<reference>& references) {
  pool_options pool;
  section_reader const keys(section,
                            {"servers", "discover", "distribution", "hash", "points", "hash_tag",
                             "hash_without_prefix", "connections", "on_server_failure"},
                            {{"tls", "remove it, and reach the servers through a private network"}});
  keys.read_name("distribution", pool.distribution, hashing::parse_distribution, hashing::distribution_names);
  read_hash(keys, pool);
  read_points(keys, pool);
  read_servers(keys, pool);
  read_hash_tag(keys, pool.hash_tag);
  read_hash_without_prefix(keys, pool.hash_without_prefix);
  keys.read_number<std::size_t>("connections", owner.upstream.connections, {1, 1024});
  if (node const* const failure = keys.find("on_server_failure"))
    owner.on_server_failure = read_server_failure(*failure, owner.name, references);
  return pool;
}

}  // namespace tandem::config
