#include "config/secret_file.hpp"
#include "config/section/sections.hpp"
#include "config/section_reader.hpp"

#include <array>
#include <string>
#include <unordered_set>

namespace tandem::config {

namespace {

using namespace backend::redis;

constexpr std::string_view nodes_expected = "a sequence of HOST:PORT";
constexpr std::string_view sentinel_expected = "{master: NAME, sentinels: [HOST:PORT, HOST:PORT]}";

constexpr std::array encodings{choice<encoding>{"framed", encoding::framed},
                               choice<encoding>{"plain", encoding::plain}};
constexpr std::array flags_policies{choice<flags_policy>{"refuse", flags_policy::refuse},
                                    choice<flags_policy>{"drop", flags_policy::drop}};
constexpr std::array flush_policies{choice<flush_policy>{"refuse", flush_policy::refuse},
                                    choice<flush_policy>{"scan", flush_policy::scan},
                                    choice<flush_policy>{"flushdb", flush_policy::flushdb}};
constexpr std::array read_preferences{choice<read_from>{"master", read_from::master},
                                      choice<read_from>{"replica", read_from::replica},
                                      choice<read_from>{"prefer_replica", read_from::prefer_replica},
                                      choice<read_from>{"zone", read_from::zone}};

/// `called` is what they are, in messages.
std::vector<net::endpoint> read_addresses(node const& list, std::string_view called) {
  std::vector<net::endpoint> all;
  std::unordered_set<std::string> seen;
  for (node const& item : list.items(nodes_expected)) {
    auto endpoint = item.parse(parse_endpoint, "HOST:PORT");
    if (!endpoint) continue;
    if (endpoint->unix_socket()) {
      item.error(fmt::format("{} are reached over TCP; write HOST:PORT", called));
    } else if (!seen.insert(endpoint->str()).second) {
      item.error(fmt::format("{} is listed already; remove one", endpoint->str()));
    }
    all.push_back(*std::move(endpoint));
  }
  return all;
}

/// Of whoever is asked: `keys` may have username, password and password_file.
void read_sign_in(section_reader const& keys, std::string& username, base::secret& password) {
  node const* const file = keys.find("password_file");
  keys.read_text("username", username);
  std::string literal;
  if (keys.read_text("password", literal)) password = base::secret(std::move(literal));
  if (file && keys.contains("password")) {
    file->error("\"password\" is given as well; keep one of the two");
  } else if (file) {
    password = read_secret_file(*file);
  }
  bool const has_password = keys.contains("password") || keys.contains("password_file");
  if (!username.empty() && !has_password) {
    keys.find("username")->error("Redis takes no name without a password; add password_file or password");
  }
}

void read_sentinel(node const& section, redis_options& options) {
  options.topology = topology::sentinel;
  if (!section.is_map()) return section.error(fmt::format("not a mapping; write {}", sentinel_expected));
  section_reader const keys(section, {"master", "sentinels", "username", "password", "password_file"});
  node const* const name =
      keys.require("master", "write the name that the Sentinels have for it, such as mymaster");
  if (name && keys.read_text("master", options.sentinel.master) && options.sentinel.master.empty())
    name->error("is empty; write the name that the Sentinels have for it");
  node const* const list = keys.require("sentinels", "write [HOST:PORT, HOST:PORT, HOST:PORT]");
  if (list) options.sentinel.servers = read_addresses(*list, "Sentinels");
  read_sign_in(keys, options.sentinel.username, options.sentinel.password);
}

void read_servers(section_reader const& keys, redis_options& options) {
  node const* const server = keys.find("server");
  node const* const cluster = keys.find("cluster");
  node const* const sentinel = keys.find("sentinel");
  if (server && cluster) cluster->error("\"server\" is given as well; keep one of the two");
  if (sentinel && (server || cluster)) {
    sentinel->error(
        fmt::format("\"{}\" is given as well; keep one of the two", server ? "server" : "cluster"));
  }
  if (cluster) {
    options.topology = topology::cluster;
    options.servers = read_addresses(*cluster, "cluster nodes");
  }
  if (sentinel) read_sentinel(*sentinel, options);
  if (server) {
    auto endpoint = server->parse(parse_endpoint, "HOST:PORT or unix:PATH");
    if (endpoint) options.servers = {*std::move(endpoint)};
  }
  bool const any = keys.contains("server") || keys.contains("cluster") || keys.contains("sentinel");
  if (!any)
    keys.error("names no server; write server: HOST:PORT, or cluster: [HOST:PORT, HOST:PORT], or sentinel");
}

void read_replicas(section_reader const& keys, redis_options& options, net::zone_options const& zones) {
  keys.read_choice<read_from>("read_from", options.read_from, read_preferences);
  if (options.read_from == read_from::zone) {
    options.zones = zones;
    check_zone_known(keys, "read_from", zones);
  }
  bool const replicas = options.read_from != read_from::master;
  if (replicas && options.topology == topology::single && keys.contains("server")) {
    keys.find("read_from")
        ->error(
            "the replicas of a single server are not known; write cluster or sentinel instead of server, or "
            "master");
  }
  keys.read_duration<std::chrono::milliseconds>("max_lag", options.max_lag,
                                                {std::chrono::seconds(1), std::chrono::hours(24)});
  if (keys.contains("max_lag") && !replicas)
    keys.find("max_lag")->error(
        "only reads from replicas lag; write read_from: prefer_replica, or remove it");
}

void read_policies(section_reader const& keys, redis_options& options) {
  bool const encoding_right =
      keys.read_choice<encoding>("encoding", options.encoding, encodings) || !keys.contains("encoding");
  keys.read_text("key_prefix", options.key_prefix);
  if (keys.read_choice<flags_policy>("flags", options.flags, flags_policies) && encoding_right &&
      options.encoding == encoding::framed) {
    keys.find("flags")->error("flags are kept by encoding: framed; remove it, or write encoding: plain");
  }
  if (keys.read_choice<flush_policy>("flush", options.flush, flush_policies) &&
      options.flush == flush_policy::scan && options.key_prefix.empty()) {
    keys.find("flush")->error("scan deletes the keys under key_prefix, which is empty; set key_prefix");
  }
}

void read_database(section_reader const& keys, redis_options& options) {
  if (!keys.read_number<std::uint32_t>("database", options.database, {0, 65535})) return;
  if (options.database == 0 || options.topology != topology::cluster) return;
  keys.find("database")->error("a Redis Cluster has database 0 only; remove it");
}

}  // namespace

redis_options read_redis(node const& section, net::upstream_options& upstream,
                         net::zone_options const& zones) {
  redis_options options;
  section_reader const keys(
      section,
      {"server", "cluster", "sentinel", "encoding", "flags", "flush", "key_prefix", "read_from", "max_lag",
       "username", "password", "password_file", "database", "connections"},
      {{"tls", "remove it, and reach the servers through a private network"}});
  read_servers(keys, options);
  read_sign_in(keys, options.username, options.password);
  read_policies(keys, options);
  read_replicas(keys, options, zones);
  read_database(keys, options);
  keys.read_number<std::size_t>("connections", upstream.connections, {1, 1024});
  return options;
}

}  // namespace tandem::config
