// Keys lie where other clients of the pool have put them: real client libraries write into memcached servers, and
// Tandem over the same servers reads what they wrote, and they what Tandem wrote.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

using namespace tandem::test;

namespace {

constexpr int keys_each = 300;
constexpr int no_such_client = 77;
constexpr int no_such_program = 127;  // Ruby, say
constexpr auto patience = std::chrono::seconds(60);

std::string script(std::string const& name) { return TANDEM_SOURCE_DIR "/tests/clients/placement/" + name; }

/// What a script printed as its last line, or nothing where its client is not installed.
std::optional<std::string> outcome_of(std::vector<std::string> const& command) {
  finished const ended = run(command, {"NODE_CLIENTS=" TANDEM_NODE_CLIENTS}, patience);
  INFO(fmt::format("{}\n{}", fmt::join(command, " "), ended.output));
  if (ended.status == no_such_client || ended.status == no_such_program) {
    WARN("not checked: " << command[1] << ": " << ended.output);
    return std::nullopt;
  }
  REQUIRE(ended.status == 0);
  std::string const lines = ended.output.substr(0, ended.output.find_last_not_of('\n') + 1);
  return lines.substr(lines.rfind('\n') + 1);
}

struct session_row {
  std::vector<std::string> settings;  // of PHP, without "memcached."
  std::string prefix;
  std::string pool;
};

// PHP's handler is set by php.ini alone, and its own settings stand in front of the pool's that fit them.
std::vector<session_row> const session_rows{
    {{}, "memc.sess.key.", "distribution: ketama, hash: default"},
    {{"sess_consistent_hash_type=ketama_weighted"},
     "memc.sess.key.",
     "distribution: ketama_weighted, hash: md5"},
    {{"sess_consistent_hash=0"}, "memc.sess.key.", "distribution: modula, hash: default"},
    {{"sess_prefix=shop:", "sess_binary_protocol=0"}, "shop:", "distribution: ketama, hash: default"},
};

/// The servers of a row: the first so many of these weights.
struct server_set {
  std::vector<unsigned> weights;
  bool socket = false;     // one more, on a Unix socket
  bool host_name = false;  // the client has them as localhost, and Java calls them localhost/127.0.0.1
};

server_set const three{{1, 1, 1}};
server_set const seven{{1, 1, 1, 1, 1, 1, 1}};
server_set const weighted{{1, 2, 5, 1, 3}};
server_set const with_socket{{1, 1, 1}, true};
server_set const by_host_name{{1, 1, 1}, false, true};

struct client_row {
  std::vector<std::string> client;  // the script, and what it calls the client
  std::vector<std::string> settings;
  std::string pool;
  std::vector<server_set> servers;
  bool prefix_not_hashed = false;
};

std::vector<std::string> const pylibmc{script("placing.py"), "pylibmc"};
std::vector<std::string> const pymemcache{script("placing.py"), "pymemcache"};
std::vector<std::string> const python_memcached{script("placing.py"), "python-memcached"};
std::vector<std::string> const php_memcached{script("placing.php"), "memcached"};
std::vector<std::string> const php_memcache{script("placing.php"), "memcache"};
std::vector<std::string> const perl{script("placing.pl"), "Cache::Memcached"};
std::vector<std::string> const perl_fast{script("placing.pl"), "Cache::Memcached::Fast"};
std::vector<std::string> const dalli{script("placing.rb"), "dalli"};
std::vector<std::string> const node_memcached{script("../node/placing.js"), "memcached"};
std::vector<std::string> const memjs{script("../node/placing.js"), "memjs"};
std::vector<std::string> const spymemcached{script("placing_java"), "spymemcached"};

// The README's table of placements, and variations. A setting is the client's own, see placing.py; `namespace`,
// `key_prefix` and the like make the client put the row's prefix before its keys.
std::vector<client_row> const client_rows{
    {pylibmc, {}, "distribution: modula, hash: default", {three}},
    {pylibmc, {"ketama=True"}, "distribution: ketama, hash: default", {three, weighted}},
    {pylibmc, {"ketama=True", "hash=\"md5\""}, "distribution: ketama, hash: md5", {three}},
    {pylibmc, {"ketama_weighted=True"}, "distribution: ketama_weighted, hash: md5", {three, weighted}},
    {php_memcached, {}, "distribution: modula, hash: default", {three}},
    {php_memcached, {"OPT_PREFIX_KEY="}, "distribution: modula, hash: default", {three}, true},
    {php_memcached, {"OPT_HASH=HASH_CRC"}, "distribution: modula, hash: crc", {three}},
    {php_memcached,
     {"OPT_DISTRIBUTION=DISTRIBUTION_CONSISTENT"},
     "distribution: ketama, hash: default",
     {three, with_socket}},
    {php_memcached,
     {"OPT_HASH=HASH_MD5", "OPT_DISTRIBUTION=DISTRIBUTION_CONSISTENT"},
     "distribution: ketama, hash: md5",
     {three}},
    {php_memcached,
     {"OPT_LIBKETAMA_COMPATIBLE=1"},
     "distribution: ketama_weighted, hash: md5",
     {three, weighted}},
    {python_memcached, {}, "distribution: modula, hash: crc", {three, with_socket}},
    {python_memcached, {}, "distribution: modula_weighted, hash: crc", {weighted}},
    {perl, {}, "distribution: modula, hash: crc", {three}},
    {perl, {}, "distribution: modula_weighted, hash: crc", {weighted}},
    {perl, {"namespace="}, "distribution: modula, hash: crc", {three}, true},
    {perl_fast, {}, "distribution: modula, hash: crc", {three, with_socket}},
    {perl_fast, {}, "distribution: modula_weighted, hash: crc", {weighted}},
    {perl_fast, {"namespace="}, "distribution: modula, hash: crc", {three}, true},
    {perl_fast, {"namespace=", "hash_namespace=1"}, "distribution: modula, hash: crc", {three}},
    {perl_fast, {"ketama_points=150"}, "distribution: ketama_points", {three, weighted, with_socket}},
    {perl_fast, {"ketama_points=37"}, "distribution: ketama_points, points: 37", {weighted}},
    {perl_fast, {"ketama_points=150", "namespace="}, "distribution: ketama_points", {three}, true},
    {php_memcache, {"hash_strategy=standard"}, "distribution: modula, hash: crc", {three, with_socket}},
    {php_memcache, {"hash_strategy=standard"}, "distribution: modula_weighted, hash: crc", {weighted}},
    {php_memcache, {}, "distribution: pecl_memcache", {three, weighted, with_socket}},
    {php_memcache, {"hash_function=fnv"}, "distribution: pecl_memcache, hash: fnv1a_32", {three, weighted}},
    {dalli, {}, "distribution: dalli", {three, seven, weighted, with_socket}},
    {dalli, {"namespace="}, "distribution: dalli", {three}},
    {pymemcache, {}, "distribution: pymemcache", {three, seven, with_socket}},
    {pymemcache, {"key_prefix=None"}, "distribution: pymemcache", {three}, true},
    {memjs, {}, "distribution: memjs", {three, seven}},
    {node_memcached, {}, "distribution: node_memcached", {three, seven, weighted}},
    {node_memcached, {"namespace="}, "distribution: node_memcached", {three}},
    {node_memcached, {}, "distribution: twemproxy, hash: md5", {three}},
    {spymemcached, {"default", "default"}, "distribution: spymemcached", {three, seven}},
    {spymemcached, {"ARRAY_MOD", "CRC_HASH"}, "distribution: modula, hash: crc", {three}},
    {spymemcached,
     {"CONSISTENT", "KETAMA_HASH"},
     "distribution: twemproxy, hash: md5",
     {three, seven, by_host_name}},
};

/// A row with one set of servers. Its keys begin with a prefix of their own.
struct trial {
  client_row const& row;
  server_set const& servers;
  std::string prefix;
};

std::vector<trial> trials() {
  std::vector<trial> all;
  for (client_row const& row : client_rows) {
    for (server_set const& servers : row.servers)
      all.push_back({row, servers, fmt::format("{}:", all.size())});
  }
  return all;
}

struct pool {
  std::array<memcached_server, 7> servers;
  memcached_server socket{on_unix_socket{}, {}};

  std::vector<std::string> addresses(server_set const& set) const {
    std::vector<std::string> made;
    for (std::size_t at = 0; at < set.weights.size(); ++at) made.push_back(servers[at].address());
    if (set.socket) made.push_back(socket.address());
    return made;
  }

  /// As the scripts take them.
  std::string list(server_set const& set) const {
    std::vector<std::string> made;
    for (std::string address : addresses(set)) {
      std::size_t const at = made.size();
      if (address.starts_with("unix:")) address.erase(0, 5);
      if (set.host_name) address.replace(0, address.find(':'), "localhost");
      made.push_back(fmt::format("{}@{}", address, at < set.weights.size() ? set.weights[at] : 1));
    }
    return fmt::format("{}", fmt::join(made, ","));
  }

  std::string backend(trial const& of, std::size_t number) const {
    std::vector<std::string> made;
    for (std::string const& address : addresses(of.servers)) {
      std::size_t const at = made.size();
      unsigned const weight = at < of.servers.weights.size() ? of.servers.weights[at] : 1;
      std::string const name = of.servers.host_name ? fmt::format(", name: \"localhost/{}\"", address) : "";
      made.push_back(fmt::format("{{address: \"{}\", weight: {}{}}}", address, weight, name));
    }
    std::string const unhashed =
        of.row.prefix_not_hashed ? fmt::format(", hash_without_prefix: [\"{}\"]", of.prefix) : "";
    return fmt::format("  b{}:\n    memcached: {{servers: [{}], {}{}}}\n    timeout: 10s\n", number,
                       fmt::join(made, ", "), of.row.pool, unhashed);
  }

  std::string configuration(std::vector<trial> const& all) const {
    std::string backends = "workers: 1\nbackends:\n";
    std::string routes = "routes:\n";
    for (std::size_t number = 0; number < all.size(); ++number) {
      backends += backend(all[number], number);
      routes += fmt::format("  - {{prefix: \"{}\", to: b{}}}\n", all[number].prefix, number);
    }
    return backends + routes;
  }
};

/// Some have characters of two, three and four bytes.
std::vector<std::string> keys(std::string const& beginning) {
  std::vector<std::string> made;
  for (int number = 0; number < keys_each; ++number) {
    made.push_back(fmt::format("{}{}{}", beginning, number * 7919, number % 10 == 0 ? "é€😀" : ""));
  }
  return made;
}

void write(text_client& through, std::string const& prefix, std::vector<std::string> const& keys) {
  for (std::string const& key : keys) {
    std::string const value = prefix + key;
    REQUIRE(through.ask(fmt::format("set {} 0 0 {}\r\n{}\r\n", value, value.size(), value)) == "STORED");
  }
}

long found(text_client& through, std::string const& prefix, std::vector<std::string> const& keys) {
  std::string command = "get";
  for (std::string const& key : keys) command += " " + prefix + key;
  std::string const answer = through.converse(command + "\r\n");
  return std::ranges::count_if(keys, [&](std::string const& key) {
    return answer.find(fmt::format("VALUE {}{} ", prefix, key)) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("every key of a client is found through Tandem, and the client finds every key of Tandem's") {
  pool const servers;
  std::vector<trial> const all = trials();
  tandem_daemon const tandem(servers.configuration(all));
  text_client through = tandem.connect();
  temporary_directory const directory;
  std::vector<std::string> const by_client = keys("client");
  std::vector<std::string> const by_tandem = keys("tandem");
  std::string const written = directory.write("written", fmt::format("{}\n", fmt::join(by_client, "\n")));
  std::string const wanted = directory.write("wanted", fmt::format("{}\n", fmt::join(by_tandem, "\n")));
  for (trial const& each : all) {
    std::string const list = servers.list(each.servers);
    INFO(fmt::format("{} {}: {}, servers {}", each.row.client.back(), fmt::join(each.row.settings, " "),
                     each.row.pool, list));
    write(through, each.prefix, by_tandem);
    std::vector<std::string> command = each.row.client;
    command.insert(command.end(), {list, each.prefix, written, wanted});
    command.insert(command.end(), each.row.settings.begin(), each.row.settings.end());
    auto const outcome = outcome_of(command);
    if (!outcome) continue;
    CHECK(outcome == std::to_string(keys_each));
    CHECK(found(through, each.prefix, by_client) == keys_each);
  }
}

TEST_CASE("sessions that PHP places without their prefix are found through Tandem, and the other way") {
  std::deque<memcached_server> const servers(5);
  std::vector<std::string> addresses;
  for (memcached_server const& each : servers) addresses.push_back(each.address());
  std::string const direct = fmt::format("{}", fmt::join(addresses, ","));

  for (session_row const& row : session_rows) {
    auto const with = [&](std::string const& more) {
      return fmt::format(
          "backends:\n  pool:\n    memcached: {{servers: [\"{}\"], {}{}}}\n    timeout: 10s\nroutes:\n  - "
          "{{to: pool}}\n",
          fmt::join(addresses, "\", \""), row.pool, more);
    };
    tandem_daemon const tandem(with(fmt::format(", hash_without_prefix: [\"other.\", \"{}\"]", row.prefix)));
    tandem_daemon const unaware(with(""));
    // Each row has sessions of its own, or it would find those of others by chance.
    auto const php = [&](char const* action, char const* sessions, std::string const& servers_of) {
      std::vector<std::string> command{script("php_sessions.php"), action,
                                       fmt::format("{}-{}", sessions, &row - session_rows.data()),
                                       std::to_string(keys_each), "save_path=" + servers_of};
      command.insert(command.end(), row.settings.begin(), row.settings.end());
      return outcome_of(command);
    };
    auto const through = [](tandem_daemon const& daemon) {
      return fmt::format("127.0.0.1:{}", daemon.port());
    };
    std::string const all = std::to_string(keys_each);
    if (!php("write", "direct", direct)) return;
    INFO(row.pool);
    CHECK(php("read", "direct", through(tandem)) == all);
    CHECK(php("write", "through", through(tandem)) == all);
    CHECK(php("read", "through", direct) == all);
    CHECK(std::stoi(php("read", "direct", through(unaware)).value_or("0")) < keys_each / 2);
  }
}
