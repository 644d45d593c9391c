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

constexpr std::array encodings{choice<encoding>{"framed", encoding::framed},
                               choice<encoding>{"plain", encoding::plain}};
constexpr std::array flags_policies{choice<flags_policy>{"refuse", flags_policy::refuse},
                                    choice<flags_policy>{"drop", flags_policy::drop}};
constexpr std::array flush_policies{choice<flush_policy>{"refuse", flush_policy::refuse},
                                    choice<flush_policy>{"scan", flush_policy::scan},
                                    choice<flush_policy>{"flushdb", flush_policy::flushdb}};
constexpr std::array read_preferences{choice<read_from>{"master", read_from::master},
                                      choice<read_from>{"replica", read_from::replica},
                                      choice<read_from>{"prefer_replica", read_from::prefer_replica}};

void read_cluster(node const& cluster, redis_options& options) {
  options.topology = topology::cluster;
  std::unordered_set<std::string> seen;
  for (node const& item : cluster.items(nodes_expected)) {
    auto endpoint = item.parse(parse_endpoint, "HOST:PORT");
    if (!endpoint) continue;
    if (endpoint->unix_socket()) {
      item.error("cluster nodes are reached over TCP; write HOST:PORT");
    } else if (!seen.insert(endpoint->str()).second) {
      item.error(fmt::format("{} is listed already; remove one", endpoint->str()));
    }
    options.servers.push_back(*std::move(endpoint));
  }
}

void read_servers(section_reader const& keys, redis_options& options) {
  node const* const server = keys.find("server");
  node const* const cluster = keys.find("cluster");
  if (server && cluster) cluster->error("\"server\" is given as well; keep one of the two");
  if (cluster) read_cluster(*cluster, options);
  if (server) {
    auto endpoint = server->parse(parse_endpoint, "HOST:PORT or unix:PATH");
    if (endpoint) options.servers = {*std::move(endpoint)};
  }
  bool const any = keys.contains("server") || keys.contains("cluster") || keys.contains("sentinel");
  if (!any) keys.error("names no server; write server: HOST:PORT, or cluster: [HOST:PORT, HOST:PORT]");
}

void read_credentials(section_reader const& keys, redis_options& options) {
  node const* const file = keys.find("password_file");
  keys.read_text("username", options.username);
  std::string literal;
  if (keys.read_text("password", literal)) options.password = base::secret(std::move(literal));
  if (file && keys.contains("password")) {
    file->error("\"password\" is given as well; keep one of the two");
  } else if (file) {
    options.password = read_secret_file(*file);
  }
  bool const has_password = keys.contains("password") || keys.contains("password_file");
  if (!options.username.empty() && !has_password) {
    keys.find("username")->error("Redis takes no name without a password; add password_file or password");
  }
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
  if (keys.read_choice<read_from>("read_from", options.read_from, read_preferences) &&
      options.read_from != read_from::master) {
    keys.find("read_from")->error("reading from replicas is not supported by this version; write master");
  }
}

void read_database(section_reader const& keys, redis_options& options) {
  if (!keys.read_number<std::uint32_t>("database", options.database, {0, 65535})) return;
  if (options.database == 0 || options.topology == topology::single) return;
  keys.find("database")->error("a Redis Cluster has database 0 only; remove it");
}

}  // namespace

redis_options read_redis(node const& section, net::upstream_options& upstream) {
  redis_options options;
  section_reader const keys(section,
                            {"server", "cluster", "encoding", "flags", "flush", "key_prefix", "read_from",
                             "username", "password", "password_file", "database", "connections"},
                            {{"sentinel", "write server: HOST:PORT of the master"},
                             {"tls", "remove it, and reach the servers through a private network"}});
  read_servers(keys, options);
  read_credentials(keys, options);
  read_policies(keys, options);
  read_database(keys, options);
  keys.read_number<std::size_t>("connections", upstream.connections, {1, 1024});
  return options;
}

}  // namespace tandem::config
