#include "unit/config/loading.hpp"

namespace tandem::config {
namespace {

/// Lines 1 and on are the zones'; the backend "r" is read by zone.
std::string by_zone(std::string const& top, std::string const& from = "zone") {
  return top + "backends:\n  r: {redis: {cluster: [a:1], read_from: " + from + "}}\nroutes: [{to: r}]\n";
}

/// The replicated "t" in line 3; what is said of its second replica stands below.
std::string replicas(std::string const& top, std::string const& of_the_second = "",
                     std::string const& read = "zone") {
  return top + "backends:\n  t: {replicated: {to: [m, n], read: " + read +
         "}}\n  m: {memcached: {servers: [10.0.1.1:1]}}\n  n: {memcached: {servers: [10.0.2.1:1]}" +
         of_the_second + "}\nroutes: [{to: t}]\n";
}

std::string const two_zones =
    "zones: {a: [10.0.1.0/24, \"fd00:1::/64\", cache-a.example.org], b: [10.0.2.0/24]}\n";
std::string const unknown =
    "it is not known in which zone this process runs; write zone: eu-1a, say, at the top";

}  // namespace

TEST_CASE("zones are told by the environment, by addresses, and by backends themselves") {
  configuration const read = good("zone: ${ZONE}\n" + replicas(two_zones, ", zone: b"), {{"ZONE", "a"}});
  CHECK(read.zones.own == "a");
  REQUIRE(read.zones.places.size() == 4);
  CHECK(read.zones.places[2].place.str() == "cache-a.example.org");
  CHECK(read.zones.places[3].zone == "b");
  CHECK(read.backends.at(0).zone.empty());
  CHECK(read.backends.at(2).zone == "b");
  auto const& said = std::get<routing::replicated_options>(read.backends.at(0).kind);
  CHECK(said.read == routing::replicated_read::zone);
  CHECK(said.zone == "a");
  CHECK(read.warnings.empty());
}

TEST_CASE("a Redis has the zones by which it is read, and only then") {
  configuration const read = good(by_zone("zone: a\n" + two_zones));
  auto const& redis = std::get<backend::redis::redis_options>(read.backends.at(0).kind);
  CHECK(redis.read_from == backend::redis::read_from::zone);
  CHECK(redis.zones == read.zones);
  configuration const other = good(by_zone("zone: a\n", "prefer_replica"));
  CHECK(std::get<backend::redis::redis_options>(other.backends.at(0).kind).zones == net::zone_options());
}

TEST_CASE("mistakes in zones are reported where they are") {
  std::string const empty = "is empty; write the name of a zone, such as eu-1a";
  std::string const no_name = " cannot name a zone; write up to 64 of a-z A-Z 0-9 _ - .";
  std::string const nobody =
      "which neither zones nor a backend names; list addresses of it under zones, or write another";
  check_each({
      {by_zone(two_zones), {"t.yaml:3:42: backends.r.redis.read_from: " + unknown}},
      {replicas(two_zones), {"t.yaml:3:38: backends.t.replicated.read: " + unknown}},
      {by_zone("zone: c\n" + two_zones), {"t.yaml:1:7: zone: no server can be in \"c\", " + nobody}},
      {by_zone("zone: c\n"), {"t.yaml:1:7: zone: no server can be in \"c\", " + nobody}},
      {replicas("zone: c\n" + two_zones, ", zone: b"),
       {"t.yaml:1:7: zone: no server can be in \"c\", " + nobody}},
      {replicas("zone: c\n", ", zone: c"), {}},
      {by_zone("zone: c\n", "master"), {}},
      {by_zone("zone: \"\"\n", "master"), {"t.yaml:1:7: zone: " + empty}},
      {by_zone("zone: a b\n", "master"), {"t.yaml:1:7: zone: \"a b\"" + no_name}},
      {replicas("zone: a\n" + two_zones, ", zone: \"\""), {"t.yaml:6:49: backends.n.zone: " + empty}},
      {replicas("zone: a\nzones: {\"\": [10.0.0.1]}\n", ", zone: a"), {"t.yaml:2:9: zones: " + empty}},
      {by_zone("zone: a\nzones: {a: []}\n", "replica"),
       {"t.yaml:2:12: zones.a: is empty; write [10.0.1.0/24, cache.example.org], say"}},
      {by_zone("zone: a\nzones: {a: 10.0.0.0/8}\n", "replica"),
       {"t.yaml:2:12: zones.a: is a single value; write [10.0.1.0/24, cache.example.org], say"}},
      {by_zone("zone: a\nzones: {a: [10.0.0.0/33, 10.0.1.7/24]}\n", "replica"),
       {"t.yaml:2:13: zones.a[0]: \"10.0.0.0/33\" is no network, address or name of a host; write "
        "10.0.1.0/24, "
        "\"fd00:1::/64\" or cache.example.org, say",
        "t.yaml:2:26: zones.a[1]: 10.0.1.7/24 is no network, for it has bits beyond its prefix; write "
        "10.0.1.0/24"}},
      {by_zone("zone: a\nzones: {a: [10.0.0.0/8, c.example.org], b: [10.0.1.7, C.example.org]}\n"),
       {"t.yaml:2:45: zones.b[0]: 10.0.1.7 has addresses of zone \"a\", which lists 10.0.0.0/8; an address "
        "is in "
        "one zone only",
        "t.yaml:2:55: zones.b[1]: C.example.org has addresses of zone \"a\", which lists c.example.org; an "
        "address is in one zone only"}},
  });
}

TEST_CASE("there are so many places at most") {
  std::string many = "zone: a\nzones: {a: [";
  for (int each = 0; each <= 1000; ++each)
    many += (each == 0 ? "" : ", ") + std::string("h") + std::to_string(each);
  auto const errors = errors_of(by_zone(many + "]}\n"));
  REQUIRE(errors.size() == 1);
  CHECK(errors.front().ends_with("is one more than 1000, which there may be; write wider networks"));
}

TEST_CASE("zones by which nothing is read are probably not what was meant") {
  CHECK(
      as_text(good(by_zone("zone: a\n" + two_zones, "prefer_replica")).warnings) ==
      std::vector<std::string>{"t.yaml:2:8: zones: nothing is read by zone; write read_from: zone in a redis "
                               "backend, or read: zone in a replicated one, or remove it"});
  CHECK(good(by_zone("zone: a\n" + two_zones)).warnings.empty());
  CHECK(good(replicas("zone: a\n" + two_zones)).warnings.empty());
}

}  // namespace tandem::config
