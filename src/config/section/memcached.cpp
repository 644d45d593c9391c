#include "config/section/sections.hpp"
#include "config/section_reader.hpp"

#include <algorithm>

namespace tandem::config {

namespace {

using backend::memcached::pool_options;
using backend::memcached::server_options;

constexpr std::string_view expected = "HOST:PORT or {address: HOST:PORT, weight: 2, name: NAME}";

void read_address(node const& address, server_options& server) {
  auto endpoint = address.parse(parse_endpoint, expected);
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

void check_duplicates(node const& item, server_options const& server,
                      std::vector<server_options> const& others) {
  bool const known_address = server.endpoint != net::endpoint{};
  for (server_options const& other : others) {
    if (known_address && other.endpoint == server.endpoint) {
      item.error(fmt::format("{} is in the pool already; raise its weight instead", server.endpoint.str()));
      return;
    }
    if (!server.name.empty() && other.name == server.name) {
      item.error(fmt::format("another server is named \"{}\"; choose another name", server.name));
      return;
    }
  }
}

void read_hash_tag(section_reader const& keys, std::string& hash_tag) {
  if (!keys.read_text("hash_tag", hash_tag) || hash_tag.size() == 2) return;
  keys.find("hash_tag")
      ->error(fmt::format(
          "\"{}\" is not a pair; write the opening and the closing character, such as \"{{}}\"", hash_tag));
}

/// The distributions that know no weights; hashing says which.
bool weightless(hashing::distribution kind) {
  return kind == hashing::distribution::jump || kind == hashing::distribution::modula;
}

void read_servers(section_reader const& keys, pool_options& pool) {
  node const* const servers = keys.require("servers", "list HOST:PORT of each");
  if (!servers) return;
  for (node const& item : servers->items(fmt::format("a sequence of {}", expected))) {
    server_options server = read_server(item);
    check_duplicates(item, server, pool.servers);
    if (server.weight != 1 && weightless(pool.distribution)) {
      item.error(fmt::format("distribution: {} has no weights; remove the weight, or write rendezvous",
                             hashing::to_string(pool.distribution)));
    }
    pool.servers.push_back(std::move(server));
  }
}

}  // namespace

pool_options read_memcached(node const& section, net::upstream_options& upstream) {
  pool_options pool;
  section_reader const keys(section, {"servers", "distribution", "hash", "hash_tag", "connections"},
                            {{"tls", "remove it, and reach the servers through a private network"}});
  keys.read_name("distribution", pool.distribution, hashing::parse_distribution, hashing::distribution_names);
  keys.read_name("hash", pool.hash, hashing::parse_hash_function, hashing::hash_function_names);
  read_servers(keys, pool);
  read_hash_tag(keys, pool.hash_tag);
  keys.read_number<std::size_t>("connections", upstream.connections, {1, 1024});
  return pool;
}

}  // namespace tandem::config
