#include "hashing/server_ring.hpp"

#include "support/catch.hpp"

#include <libmemcached/memcached.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

using namespace tandem::hashing;

namespace {

server_ring ring_of(ring_options const& options) {
  auto made = server_ring::make(options);
  if (!made) FAIL(made.error().message);
  return std::move(*made);
}

std::vector<ring_server> three_servers() {
  return {
      {"10.0.0.1", 11211, "", 1, ""}, {"10.0.0.2", 11211, "", 1, ""}, {"cache.example", 11212, "", 1, ""}};
}

std::vector<ring_server> loopback_servers(std::vector<std::uint32_t> const& weights) {
  std::vector<ring_server> servers;
  for (std::size_t index = 0; index < weights.size(); ++index) {
    servers.push_back({"127.0.0.1", static_cast<std::uint16_t>(28411 + index), "", weights[index], ""});
  }
  return servers;
}

std::vector<std::string> random_keys(std::size_t count) {
  std::mt19937 random(20240229);
  std::vector<std::string> keys(count);
  for (std::string& key : keys) {
    key.resize(1 + random() % 250);
    for (char& byte : key) byte = static_cast<char>('!' + random() % 94);
  }
  return keys;
}

/// The servers of key0 to key63, a digit each.
std::string digits(ring_options const& options, std::string const& beginning = "key") {
  server_ring const ring = ring_of(options);
  std::string places;
  for (int index = 0; index < 64; ++index) {
    places += std::to_string(ring.server_of(beginning + std::to_string(index)));
  }
  return places;
}

std::vector<std::size_t> counts(server_ring const& ring, std::size_t servers) {
  std::vector<std::size_t> held(servers);
  for (int index = 0; index < 100'000; ++index) ++held[ring.server_of("item:" + std::to_string(index))];
  return held;
}

}  // namespace

TEST_CASE("keys go where a client set up by libmemcached's option string sends them") {
  auto const [distribution_name, kind] = GENERATE(table<std::string, distribution>({
      {"CONSISTENT", distribution::ketama},
      {"MODULA", distribution::modula},
  }));
  auto const [hash_name, function] = GENERATE(table<std::string, hash_function>({
      {"MD5", hash_function::md5},
      {"CRC", hash_function::crc},
      {"FNV1_64", hash_function::fnv1_64},
      {"FNV1A_64", hash_function::fnv1a_64},
      {"FNV1_32", hash_function::fnv1_32},
      {"FNV1A_32", hash_function::fnv1a_32},
      {"MURMUR", hash_function::murmur},
      {"JENKINS", hash_function::jenkins},
  }));
  std::uint32_t const weight = GENERATE(1U, 3U);

  auto servers = three_servers();
  servers[1].weight = weight;
  servers.push_back({"", 0, "/run/cache.sock", 1, ""});
  std::string const settings = "--HASH=" + hash_name + " --DISTRIBUTION=" + distribution_name +
                               " --SERVER=10.0.0.1:11211 --SERVER=10.0.0.2:11211/?" + std::to_string(weight) +
                               " --SERVER=cache.example:11212 --SOCKET=\"/run/cache.sock\"";
  std::unique_ptr<memcached_st, decltype(&memcached_free)> const client(
      memcached(settings.data(), settings.size()), memcached_free);
  INFO(settings);
  REQUIRE(client);
  REQUIRE(memcached_server_count(client.get()) == servers.size());

  server_ring const ring = ring_of({servers, kind, function, ""});
  std::size_t wrong = 0;
  for (std::string const& key : random_keys(3000)) {
    auto const* const expected = memcached_server_by_key(client.get(), key.data(), key.size(), nullptr);
    REQUIRE(expected);
    ring_server const& placed = servers[ring.server_of(key)];
    std::string const name = placed.path.empty() ? placed.host : placed.path;
    if (name != memcached_server_name(expected) || placed.port != memcached_server_port(expected)) ++wrong;
  }
  CHECK(wrong == 0);
}

// The digits in the next two tests were found by storing key0 to key63 through the real client and asking
// each of three (four) memcached servers on these ports which keys it held: pylibmc 1.6.3 and
// php-memcached 3.2.0 on libmemcached 1.1.4.

TEST_CASE("keys that pylibmc stored are found") {
  auto const plain = loopback_servers({1, 1, 1});
  auto const weighted = loopback_servers({1, 2, 5});
  CHECK(digits({plain, distribution::modula, hash_function::one_at_a_time, ""}) ==
        "2222222111010000011122211111110001211222122222022011110000002212");
  CHECK(digits({plain, distribution::ketama, hash_function::one_at_a_time, ""}) ==
        "2110101212211201100000112222102220100122121112010210102110222000");
  CHECK(digits({plain, distribution::ketama, hash_function::md5, ""}) ==
        "2100202110110122122200111121210201212020002012200112121001221102");
  CHECK(digits({weighted, distribution::ketama, hash_function::one_at_a_time, ""}) ==
        "1120212000202101220021222220211202122120112002202222122222222201");
  CHECK(digits({weighted, distribution::ketama_weighted, hash_function::md5, ""}) ==
        "2220222112222111222022122200212222222102212222220122121122221200");
}

TEST_CASE("keys that php-memcached stored are found") {
  auto const plain = loopback_servers({1, 1, 1});
  CHECK(digits({plain, distribution::ketama_weighted, hash_function::md5, ""}) ==
        "2210202112002111120021100000111112211000112022120110121122101000");
  auto with_socket = loopback_servers({1, 2, 5});
  with_socket.push_back({"", 0, "/tmp/cache.sock", 2, ""});
  CHECK(digits({with_socket, distribution::ketama, hash_function::one_at_a_time, ""}) ==
        "1120233000203111223023332230221202122123112003302232123322322201");
}

// The digits in the next three tests come from an independent computation of each ring from its description.

TEST_CASE("weighted ketama leaves port 11211 out of the names of points") {
  std::vector<ring_server> const servers{
      {"10.0.0.1", 11211, "", 1, ""}, {"10.0.0.2", 11211, "", 2, ""}, {"10.0.0.3", 11212, "", 3, ""}};
  CHECK(digits({servers, distribution::ketama_weighted, hash_function::md5, ""}) ==
        "2222221022122202221111211112222022112221122222220022222001222022");
}

TEST_CASE("ketama_spymemcached names points after unresolved addresses") {
  std::vector<ring_server> const servers{
      {"10.0.0.1", 11211, "", 1, ""}, {"10.0.0.2", 11211, "", 1, ""}, {"10.0.0.3", 11212, "", 1, ""}};
  CHECK(digits({servers, distribution::ketama_spymemcached, hash_function::md5, ""}) ==
        "2020102210001200222111220110020121212212100120010121202022111121");
}

TEST_CASE("twemproxy's ring has points named after servers, or else after their addresses") {
  std::vector<ring_server> const named{{"10.0.0.1", 11211, "", 1, "alpha"},
                                       {"10.0.0.2", 11212, "", 2, "beta"},
                                       {"10.0.0.3", 11213, "", 1, "gamma"}};
  CHECK(digits({named, distribution::twemproxy, hash_function::fnv1a_32, ""}) ==
        "1110222111100111120111010001000122112100200010111010100121100202");
  std::vector<ring_server> const unnamed{
      {"10.0.0.1", 11211, "", 1, ""}, {"10.0.0.1", 11212, "", 1, ""}, {"", 0, "/run/m.sock", 1, ""}};
  CHECK(digits({unnamed, distribution::twemproxy, hash_function::md5, ""}) ==
        "0122120001010110111121212202121022122212222220110010112120212011");
}

namespace {

// As clients of other libraries write these; two are on the usual port.
std::vector<ring_server> mixed_servers(std::vector<std::uint32_t> const& weights) {
  std::vector<ring_server> servers{
      {"10.0.0.1", 11211, "", 1, ""}, {"10.0.0.2", 11211, "", 1, ""}, {"cache.example", 11212, "", 1, ""}};
  if (weights.size() > servers.size()) servers.push_back({"", 0, "/run/cache.sock", 1, ""});
  for (std::size_t index = 0; index < weights.size(); ++index) servers[index].weight = weights[index];
  return servers;
}

ring_options own_hash(std::vector<ring_server> servers, distribution kind) {
  return {std::move(servers), kind, default_hash_function(kind), ""};
}

}  // namespace

// The digits in the tests up to the next remark are what the client's own code said of key0 to key63 and such servers
// (ketama_points: where Cache::Memcached::Fast 0.28 stored them). The clients are those of the distributions' headers.

TEST_CASE("dalli's ring") {
  CHECK(digits(own_hash(mixed_servers({1, 1, 1}), distribution::dalli)) ==
        "1222102221221211021122120220102012120222220100011100010221111200");
  CHECK(digits(own_hash(mixed_servers({1, 2, 5, 1}), distribution::dalli)) ==
        "2322232321221211222122122322102212121223222100211222013221132202");
}

TEST_CASE("pymemcache's rendezvous") {
  auto const plain = own_hash(mixed_servers({1, 1, 1}), distribution::pymemcache);
  CHECK(digits(plain) == "0022122122011010021201222120220102202110221011212011010020020021");
  CHECK(digits(plain, "é€😀") == "1012202011111020110112220101010211022112010121220212122122211100");
  auto const with_socket = own_hash(mixed_servers({1, 1, 1, 1}), distribution::pymemcache);
  CHECK(digits(with_socket) == "0022122122031010321231333123330102302133331311213031313023323023");
  CHECK(digits(with_socket, "é€😀") == "1312232011311330310332220103013233022132013321223212132132311100");
}

TEST_CASE("memjs and spymemcached take the rest of the native hash") {
  auto const of_memjs = own_hash(loopback_servers({1, 1, 1}), distribution::memjs);
  CHECK(digits(of_memjs) == "2012012012012012012012012012012012012012012012012012012012012012");
  CHECK(digits(of_memjs, "é€😀") == "0120120120021021021021021021021021021021021021021021021021021021");
  auto const of_spymemcached = own_hash(loopback_servers({1, 1, 1}), distribution::spymemcached);
  CHECK(digits(of_spymemcached) == "2012012012012012012012012012012012012012012012012012012012012012");
  CHECK(digits(of_spymemcached, "é€😀") == "0120120120120120120120120120120120120120120120120120120120120120");
}

TEST_CASE("the consistent strategy of PHP's memcache extension") {
  auto const kind = distribution::pecl_memcache;
  CHECK(digits({mixed_servers({1, 1, 1}), kind, hash_function::crc, ""}) ==
        "0222112110020001020102122112112012122222120000002220202001120022");
  CHECK(digits({mixed_servers({1, 2, 5, 1}), kind, hash_function::crc, ""}) ==
        "0222112331222021022201322222112011223222312022122322231222323022");
  CHECK(digits({mixed_servers({1, 1, 1}), kind, hash_function::fnv1a_32, ""}) ==
        "2010201011211120111122110211112211121111102211020211221222011221");
  CHECK(digits({mixed_servers({1, 2, 5, 1}), kind, hash_function::fnv1a_32, ""}) ==
        "3022221211221220212132122311122211222212103212330211321232221232");
}

TEST_CASE("the ring of ketama_points") {
  auto plain = own_hash(loopback_servers({1, 1, 1}), distribution::ketama_points);
  auto weighted = own_hash(loopback_servers({1, 2, 5}), distribution::ketama_points);
  CHECK(digits(plain) == "1221121102122000010121022122210120120020220021100122202101120000");
  CHECK(digits(weighted) == "1222222102111112222212212222110220222020222221122122222111122202");
  plain.points = weighted.points = 37;
  CHECK(digits(plain) == "1201121120012000212101120102210110101020021022100021022200220220");
  CHECK(digits(weighted) == "1222121122122020212121122122210120121120222021100222222221122220");
}

TEST_CASE("the ring of npm's memcached, which rounds the points of seven servers its own way") {
  CHECK(digits(own_hash(mixed_servers({1, 1, 1}), distribution::node_memcached)) ==
        "1222010022202200011111012120212212122111121200200012212001222012");
  auto seven = mixed_servers({1, 2, 5});
  for (std::string const host : {"d", "e", "f", "g"}) seven.push_back({host, 1, "", 1, ""});
  CHECK(digits(own_hash(seven, distribution::node_memcached)) ==
        "2426236422232525112261212423242212222222122554220612214521422623");
}

// End of what clients said.

TEST_CASE("a server's name stands in place of its address, for all that go by addresses") {
  for (distribution const kind : {distribution::dalli, distribution::pymemcache, distribution::pecl_memcache,
                                  distribution::ketama_points, distribution::node_memcached}) {
    INFO(to_string(kind));
    auto renamed = loopback_servers({1, 1, 1});
    for (std::size_t index = 0; index < renamed.size(); ++index) {
      renamed[index].name = renamed[index].address();
      renamed[index].host = "elsewhere";
    }
    CHECK(digits(own_hash(renamed, kind)) == digits(own_hash(loopback_servers({1, 1, 1}), kind)));
    renamed[0].name = "other:1";
    CHECK(digits(own_hash(renamed, kind)) != digits(own_hash(loopback_servers({1, 1, 1}), kind)));
  }
}

TEST_CASE("modula_weighted gives every server as many values in turn as its weight") {
  auto const once =
      ring_of({loopback_servers({1, 1, 1, 1, 1, 1}), distribution::modula, hash_function::crc, ""});
  auto const weighted =
      ring_of({loopback_servers({1, 3, 2}), distribution::modula_weighted, hash_function::crc, ""});
  std::vector<std::size_t> const owner{0, 1, 1, 1, 2, 2};
  for (std::string const& key : random_keys(500))
    CHECK(weighted.server_of(key) == owner[once.server_of(key)]);
}

TEST_CASE("every key of a single server goes to it") {
  for (std::size_t index = 0; index < distribution_names.size(); ++index) {
    server_ring const ring = ring_of(own_hash(loopback_servers({4}), static_cast<distribution>(index)));
    CHECK(ring.server_of("any") == 0);
    CHECK(ring.server_of(std::string("\0\xff binary", 9)) == 0);
  }
}

TEST_CASE("a tag places its keys together, under every distribution") {
  for (std::size_t index = 0; index < distribution_names.size(); ++index) {
    auto const kind = static_cast<distribution>(index);
    auto const servers = loopback_servers({1, 1, 1, 1, 1});
    server_ring const tagged = ring_of({servers, kind, default_hash_function(kind), "<>"});
    server_ring const plain = ring_of({servers, kind, default_hash_function(kind), ""});
    for (int user = 0; user < 200; ++user) {
      std::string const id = std::to_string(user);
      CHECK(tagged.server_of("cart:<" + id + ">") == plain.server_of(id));
      CHECK(tagged.server_of("cart:" + id) == plain.server_of("cart:" + id));
      CHECK(plain.server_of("<" + id + ">") == plain.server_of("<" + id + ">"));
    }
  }
}

TEST_CASE("a key goes where its rest without the prefix goes, under every distribution") {
  for (std::size_t index = 0; index < distribution_names.size(); ++index) {
    auto const kind = static_cast<distribution>(index);
    auto const servers = loopback_servers({1, 1, 1, 1, 1});
    server_ring const ring = ring_of({servers, kind, default_hash_function(kind), "", {"sess."}});
    server_ring const plain = ring_of({servers, kind, default_hash_function(kind), ""});
    for (std::string const& key : random_keys(200)) {
      CHECK(ring.server_of("sess." + key) == plain.server_of(key));
      CHECK(ring.server_of(key) == plain.server_of(key));
    }
    CHECK(ring.server_of("sess.") == plain.server_of(""));
  }
}

TEST_CASE("servers of equal weight hold about equal shares") {
  auto const [kind, tolerance] = GENERATE(table<distribution, double>({
      {distribution::ketama, 0.40},
      {distribution::ketama_weighted, 0.25},
      {distribution::ketama_spymemcached, 0.25},
      {distribution::twemproxy, 0.25},
      {distribution::modula, 0.05},
      {distribution::jump, 0.05},
      {distribution::rendezvous, 0.05},
      {distribution::dalli, 0.25},
      {distribution::pymemcache, 0.05},
      {distribution::memjs, 0.05},
      {distribution::spymemcached, 0.05},
      {distribution::pecl_memcache, 0.50},
      {distribution::ketama_points, 0.25},
      {distribution::node_memcached, 0.25},
  }));
  INFO(to_string(kind));
  server_ring const ring = ring_of(own_hash(loopback_servers({1, 1, 1, 1, 1}), kind));
  for (std::size_t const held : counts(ring, 5)) {
    CHECK(std::abs(static_cast<double>(held) / 20'000 - 1) < tolerance);
  }
}

TEST_CASE("shares follow the weights") {
  auto const [kind, tolerance] = GENERATE(table<distribution, double>({
      {distribution::ketama, 0.25},
      {distribution::ketama_weighted, 0.25},
      {distribution::twemproxy, 0.25},
      {distribution::rendezvous, 0.05},
      {distribution::modula_weighted, 0.05},
      {distribution::dalli, 0.25},
      {distribution::pecl_memcache, 0.50},
      {distribution::ketama_points, 0.25},
      {distribution::node_memcached, 0.25},
  }));
  INFO(to_string(kind));
  std::vector<std::uint32_t> const weights{1, 2, 5};
  auto const held = counts(ring_of(own_hash(loopback_servers(weights), kind)), 3);
  for (std::size_t index = 0; index < 3; ++index) {
    CHECK(std::abs(static_cast<double>(held[index]) / (12'500.0 * weights[index]) - 1) < tolerance);
  }
}

TEST_CASE("a server that leaves a rendezvous moves only its own keys, in whatever order servers are listed") {
  auto const weights =
      GENERATE(std::vector<std::uint32_t>{1, 1, 1, 1}, std::vector<std::uint32_t>{3, 1, 4, 1});
  auto const servers = loopback_servers(weights);
  auto fewer = servers;
  fewer.erase(fewer.begin() + 1);
  std::reverse(fewer.begin(), fewer.end());
  server_ring const before = ring_of({servers, distribution::rendezvous, hash_function::murmur3, ""});
  server_ring const after = ring_of({fewer, distribution::rendezvous, hash_function::murmur3, ""});
  for (std::string const& key : random_keys(2000)) {
    ring_server const& held = servers[before.server_of(key)];
    if (held.port == servers[1].port) continue;
    CHECK(fewer[after.server_of(key)].port == held.port);
  }
}

TEST_CASE("a rendezvous knows a server by its name when its address changes") {
  auto servers = loopback_servers({1, 1, 1});
  for (ring_server& server : servers) server.name = "cache-" + std::to_string(server.port);
  server_ring const before = ring_of({servers, distribution::rendezvous, hash_function::md5, ""});
  servers[1].host = "10.9.8.7";
  server_ring const after = ring_of({servers, distribution::rendezvous, hash_function::md5, ""});
  for (std::string const& key : random_keys(500)) CHECK(before.server_of(key) == after.server_of(key));
}

TEST_CASE("a ring that cannot be made is a configuration error that says why") {
  auto const& [options, reason] = GENERATE(table<ring_options, std::string>({
      {{{}, distribution::ketama, hash_function::md5, ""}, "at least one server"},
      {{loopback_servers({1, 0}), distribution::ketama, hash_function::md5, ""}, "127.0.0.1:28412"},
      {{loopback_servers({1, 2}), distribution::jump, hash_function::md5, ""}, "no weights"},
      {{loopback_servers({1, 2}), distribution::memjs, hash_function::md5, ""}, "no weights"},
      {{loopback_servers({1}), distribution::pecl_memcache, hash_function::md5, ""},
       "does not take the hash md5"},
      {{loopback_servers({65535}), distribution::pecl_memcache, hash_function::crc, ""}, "10485600 points"},
      {{loopback_servers({65535}), distribution::ketama_points, hash_function::md5, ""}, "9830250 points"},
      {{loopback_servers({1}), distribution::ketama, hash_function::md5, "{"}, "hash_tag"},
      {{{{std::string(2000, 'x'), 1, "", 1, ""}}, distribution::ketama, hash_function::md5, ""},
       "refuses the server"},
      {{loopback_servers(std::vector<std::uint32_t>(101, 1)), distribution::ketama, hash_function::md5, ""},
       "100 servers at most"},
  }));
  auto const made = server_ring::make(options);
  REQUIRE(made.has_error());
  CHECK(made.error().kind == tandem::base::error_kind::configuration);
  CHECK(made.error().message.find(reason) != std::string::npos);
}

TEST_CASE("a hash function that libmemcached was built without is refused by name") {
  auto const made =
      server_ring::make({loopback_servers({1, 1}), distribution::jump, hash_function::hsieh, ""});
  if (made) return;  // a libmemcached that has it
  CHECK(made.error().message.find("hsieh") != std::string::npos);
}

TEST_CASE("a hundred servers are placed") {
  std::vector<std::uint32_t> const weights(100, 1);
  auto const held =
      counts(ring_of({loopback_servers(weights), distribution::ketama, hash_function::md5, ""}), 100);
  CHECK(std::count(held.begin(), held.end(), 0U) == 0);
}
