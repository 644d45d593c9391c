#include "unit/config/loading.hpp"

#include <fmt/format.h>

namespace tandem::config {

namespace {

/// The pool is written from line 4 on, at column 7.
std::string with_pool(std::string const& body) {
  return "routes: [{to: m}]\nbackends:\n  m: {memcached: {\n      " + body + "}}\n";
}

backend::memcached::pool_options pool(std::string const& body) {
  return std::get<backend::memcached::pool_options>(good(with_pool(body)).backends.at(0).kind);
}

std::string at(std::string const& line_and_column, std::string const& message) {
  return "t.yaml:" + line_and_column + ": backends.m.memcached" + message;
}

}  // namespace

TEST_CASE("a pool's servers are addresses, or mappings with weight and name") {
  auto const read =
      pool("servers: [10.0.0.1:11211, {address: c:2, weight: 3, name: cache-2}, {address: unix:/s}]");
  REQUIRE(read.servers.size() == 3);
  CHECK(read.servers[0].endpoint.str() == "10.0.0.1:11211");
  CHECK(read.servers[0].weight == 1);
  CHECK(read.servers[0].name.empty());
  CHECK(read.servers[1].endpoint.str() == "c:2");
  CHECK(read.servers[1].weight == 3);
  CHECK(read.servers[1].name == "cache-2");
  CHECK(read.servers[2].endpoint.str() == "unix:/s");
}

TEST_CASE("a pool is ketama and md5 unless it says otherwise") {
  auto const standard = pool("servers: [a:1]");
  CHECK(standard.distribution == hashing::distribution::ketama);
  CHECK(standard.hash == hashing::hash_function::md5);
  CHECK(standard.hash_tag.empty());
}

TEST_CASE("every distribution is known by its name") {
  for (std::string_view name : hashing::distribution_names) {
    CHECK(hashing::to_string(pool("servers: [a:1], distribution: " + std::string(name)).distribution) ==
          name);
  }
}

TEST_CASE("a hash function is known by its name, unless the installed libmemcached was built without it") {
  for (hashing::hash_function each : hashing::every_hash_function) {
    std::string const name(hashing::to_string(each));
    std::string const body = "servers: [a:1], hash: " + name;
    INFO(name);
    if (hashing::supported(each)) {
      CHECK(pool(body).hash == each);
      continue;
    }
    check_each({{with_pool(body),
                 {at("4:29", ".hash: the installed libmemcached was built without " + name +
                                 "; write another, here and in the clients, or install one that has it")}}});
  }
}

TEST_CASE("PHP's memcache extension hashes by crc unless the file says otherwise") {
  CHECK(pool("servers: [a:1], distribution: pecl_memcache").hash == hashing::hash_function::crc);
  CHECK(pool("servers: [a:1], distribution: pecl_memcache, hash: fnv1a_32").hash ==
        hashing::hash_function::fnv1a_32);
}

TEST_CASE("a server of weight 1 has 150 points unless the file says otherwise") {
  CHECK(pool("servers: [a:1], distribution: ketama_points").points == 150);
  CHECK(pool("servers: [a:1], distribution: ketama_points, points: 40").points == 40);
}

TEST_CASE("what a distribution does not take is reported") {
  check_each({
      {with_pool("servers: [a:1], hash: md5, distribution: dalli"),
       {at("4:29", ".hash: distribution: dalli has a hash of its own; remove it")}},
      {with_pool("servers: [a:1], hash: crc, distribution: pymemcache"),
       {at("4:29", ".hash: distribution: pymemcache has a hash of its own; remove it")}},
      {with_pool("servers: [a:1], hash: md5, distribution: pecl_memcache"),
       {at("4:29", ".hash: distribution: pecl_memcache does not take md5; write crc or fnv1a_32")}},
      {with_pool("servers: [a:1], points: 40"),
       {at("4:31", ".points: means nothing to distribution: ketama; remove it, or write ketama_points")}},
      {with_pool("servers: [a:1], points: 0, distribution: ketama_points"),
       {at("4:31", ".points: 0 is out of range; write 1 to 65535")}},
      {with_pool("servers: [{address: a:1, weight: 2}], distribution: jump"),
       {at("4:17",
           ".servers[0]: distribution: jump has no weights; remove the weight, or write rendezvous")}},
      {with_pool("servers: [{address: a:1, weight: 2}], distribution: modula"),
       {at("4:17",
           ".servers[0]: distribution: modula has no weights; remove the weight, or write modula_weighted")}},
      {with_pool("servers: [{address: a:1, weight: 2}], distribution: pymemcache"),
       {at("4:17", ".servers[0]: distribution: pymemcache has no weights; remove the weight")}},
      {with_pool("servers: [{address: a:1, weight: 2}], distribution: spymemcached"),
       {at("4:17", ".servers[0]: distribution: spymemcached has no weights; remove the weight")}},
  });
}

TEST_CASE("a ring that is too large is reported where its servers are") {
  std::string many = "a:1";
  for (int port = 2; port <= 101; ++port) many += fmt::format(", 'a:{}'", port);
  std::string const remedy = " has 100 servers at most; remove some, or write jump, rendezvous or modula";
  std::string const lower = " points, and it may have 1048576; lower the weights, here and in the clients";
  check_each({
      {with_pool("servers: [" + many + "]"), {at("4:16", ".servers: distribution: ketama" + remedy)}},
      {with_pool("servers: [" + many + "], distribution: twemproxy"),
       {at("4:16", ".servers: distribution: twemproxy" + remedy)}},
      {with_pool("servers: [{address: a:1, weight: 60000}], distribution: pecl_memcache"),
       {at("4:16", ".servers: the weights make a ring of 9600000" + lower)}},
      {with_pool("servers: [{address: a:1, weight: 200}], distribution: ketama_points, points: 60000"),
       {at("4:16", ".servers: the weights make a ring of 12000000" + lower)}},
  });
  CHECK(pool("servers: [" + many + "], distribution: dalli").servers.size() == 101);
}

TEST_CASE("a hash tag is a pair of characters, equal or not") {
  CHECK(pool("servers: [a:1], hash_tag: '{}'").hash_tag == "{}");
  CHECK(pool("servers: [a:1], hash_tag: '||'").hash_tag == "||");
}

TEST_CASE("prefixes that are not hashed are a list, none unless the file has it") {
  CHECK(pool("servers: [a:1]").hash_without_prefix.empty());
  auto const read = pool("servers: [a:1], hash_without_prefix: [memc.sess.key., 'my app:']");
  CHECK(read.hash_without_prefix == std::vector<std::string>{"memc.sess.key.", "my app:"});
}

TEST_CASE("mistakes in prefixes that are not hashed are reported") {
  std::string const list = "a sequence of prefixes, such as [\"memc.sess.key.\"]";
  auto const with = [](std::string const& prefixes) {
    return with_pool("servers: [a:1], hash_without_prefix: " + prefixes);
  };
  std::string const where = ".hash_without_prefix";
  check_each({
      {with("[]"), {at("4:44", where + ": is empty; write " + list)}},
      {with("a"), {at("4:44", where + ": is a single value; write " + list)}},
      {with("[a, '']"), {at("4:48", where + "[1]: is empty; write what the clients put before their keys")}},
      {with("[a, b, a]"), {at("4:51", where + "[2]: \"a\" is in the list already; remove one of them")}},
      {with('[' + std::string(251, 'x') + ']'),
       {at("4:45", where + "[0]: is 251 bytes long, and a key has 250 at most; shorten it")}},
      {with("[\"a\\n\"]"),
       {at("4:45", where + "[0]: has a control character, which no key may have; remove it")}},
      {with("[\"\\x7f\"]"),
       {at("4:45", where + "[0]: has a control character, which no key may have; remove it")}},
      {with("[[a]]"),
       {at("4:45",
           where + "[0]: is a sequence; write a prefix of keys, in quotes if it begins with a bracket")}},
  });
}

TEST_CASE("mistakes in a pool are reported") {
  std::string const server = "HOST:PORT or {address: HOST:PORT, weight: 2, name: NAME}";
  check_each({
      {with_pool("hash: md5"), {at("3:18", ": \"servers\" is missing; list HOST:PORT of each")}},
      {with_pool("servers: []"), {at("4:16", ".servers: is empty; write a sequence of " + server)}},
      {with_pool("servers: a:1"), {at("4:16", ".servers: is a single value; write a sequence of " + server)}},
      {with_pool("servers: [a]"), {at("4:17", ".servers[0]: \"a\" has no port; write a:11211, say")}},
      {with_pool("servers: [[::1]]"),
       {at("4:17",
           ".servers[0]: is a sequence; write " + server + ", in quotes if it begins with a bracket")}},
      {with_pool("servers: [{weight: 1}]"),
       {at("4:17", ".servers[0]: \"address\" is missing; write HOST:PORT")}},
      {with_pool("servers: [{address: a:1, weight: 0}]"),
       {at("4:40", ".servers[0].weight: 0 is out of range; write 1 to 65535")}},
      {with_pool("servers: [{address: a:1, name: ''}]"),
       {at("4:38", ".servers[0].name: is empty; write a name, or leave it out")}},
      {with_pool("servers: [a:1, b:1, {address: a:1, weight: 2}]"),
       {at("4:27", ".servers[2]: a:1 is in the pool already; raise its weight instead")}},
      {with_pool("servers: [{address: a:1, name: x}, {address: b:1, name: x}]"),
       {at("4:42", ".servers[1]: another server is named \"x\"; choose another name")}},
      {with_pool("servers: [a:1, {address: b:1, weight: 2}], distribution: jump"),
       {at("4:22",
           ".servers[1]: distribution: jump has no weights; remove the weight, or write rendezvous")}},
      {with_pool("servers: [a:1, {address: b:1, weight: 2}], distribution: memjs"),
       {at("4:22", ".servers[1]: distribution: memjs has no weights; remove the weight")}},
      {with_pool("servers: [a:1], distribution: ketma"),
       {at("4:37", ".distribution: unknown value \"ketma\", did you mean \"ketama\"?")}},
      {with_pool("servers: [a:1], distribution: random"),
       {at("4:37",
           ".distribution: unknown value \"random\"; write one of ketama, ketama_weighted, "
           "ketama_spymemcached, modula, jump, rendezvous, twemproxy, dalli, pymemcache, memjs, "
           "spymemcached, "
           "pecl_memcache, ketama_points, node_memcached, modula_weighted")}},
      {with_pool("servers: [a:1], hash: m5"),
       {at("4:29", ".hash: unknown value \"m5\", did you mean \"md5\"?")}},
      {with_pool("servers: [a:1], hash_tag: '{'"),
       {at("4:33",
           ".hash_tag: \"{\" is not a pair; write the opening and the closing character, such as \"{}\"")}},
      {with_pool("servers: [a:1], hash_tag: ''"),
       {at("4:33",
           ".hash_tag: \"\" is not a pair; write the opening and the closing character, such as \"{}\"")}},
      {with_pool("servers: [a:1], connections: 0"),
       {at("4:36", ".connections: 0 is out of range; write 1 to 1024")}},
      {with_pool("servers: [a:1], tls: {ca: c}"),
       {at("4:23",
           ": \"tls\" is not supported by this version; remove it, and reach the servers through a private "
           "network")}},
      {with_pool("servers: [a:1], timeout: 1s"),
       {at("4:23",
           ": unknown key \"timeout\"; write one of servers, discover, distribution, hash, points, hash_tag, "
           "hash_without_prefix, "
           "connections, on_server_failure")}},
  });
}

}  // namespace tandem::config
