#include "net/zones/options.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

namespace tandem::net {
namespace {

zone_options zones_of(std::vector<std::pair<std::string, std::string>> const& all, std::string own = "a") {
  zone_options made;
  made.own = std::move(own);
  for (auto const& [where, zone] : all) made.places.push_back({*zone_place::parse(where), zone});
  return made;
}

endpoint at(std::string host) { return {std::move(host), 11211, {}}; }

}  // namespace

TEST_CASE("a server is in the zone whose network, address or name its host is") {
  zone_options const zones = zones_of({{"10.0.1.0/24", "a"},
                                       {"10.0.2.7", "a"},
                                       {"Cache-A.example.org", "a"},
                                       {"10.0.2.128/25", "b"},
                                       {"fd00:1::/64", "a"},
                                       {"fd00:2::7", "b"}});
  struct row {
    std::string host;
    std::string zone;
  };
  for (row const& each : std::vector<row>{{"10.0.1.0", "a"},
                                          {"10.0.1.255", "a"},
                                          {"10.0.0.255", ""},
                                          {"10.0.2.7", "a"},
                                          {"10.0.2.8", ""},
                                          {"10.0.2.127", ""},
                                          {"10.0.2.128", "b"},
                                          {"fd00:1::", "a"},
                                          {"FD00:1:0:0:ffff::1", "a"},
                                          {"fd00:1:0:1::", ""},
                                          {"fd00:2::7", "b"},
                                          {"fd00:2:0::07", "b"},
                                          {"fd00:2::8", ""},
                                          {"cache-a.EXAMPLE.org", "a"},
                                          {"a.cache-a.example.org", ""},
                                          {"example.org", ""}}) {
    INFO(each.host);
    CHECK(zones.zone_of(at(each.host)) == each.zone);
    CHECK(zones.is_near(at(each.host)) == (each.zone == "a"));
  }
  CHECK(zones.zone_of({"", 0, "/run/memcached.sock"}).empty());
}

TEST_CASE("who does not know its own zone is near nobody") {
  zone_options const zones = zones_of({{"10.0.1.0/24", "a"}}, "");
  CHECK_FALSE(zones.is_near(at("10.0.1.1")));
  CHECK_FALSE(zones.is_near(at("10.0.2.1")));
}

TEST_CASE("what is no place is refused with what would be right") {
  std::string const say =
      " is no network, address or name of a host; write 10.0.1.0/24, \"fd00:1::/64\" or cache.example.org, "
      "say";
  struct row {
    std::string text;
    std::string message;
  };
  for (row const& each : std::vector<row>{
           {"10.0.1.0/33", "\"10.0.1.0/33\"" + say},
           {"10.0.1.0/", "\"10.0.1.0/\"" + say},
           {"10.0.1.0/-1", "\"10.0.1.0/-1\"" + say},
           {"10.0.1.0/x", "\"10.0.1.0/x\"" + say},
           {"10.0.1/24", "\"10.0.1/24\"" + say},
           {"10.0.1", "\"10.0.1\"" + say},
           {"300.0.0.1", "\"300.0.0.1\"" + say},
           {"fd00:1::/129", "\"fd00:1::/129\"" + say},
           {"[fd00:1::]/64", "\"[fd00:1::]/64\"" + say},
           {"cache.example.org:11211", "\"cache.example.org:11211\"" + say},
           {"*.example.org", "\"*.example.org\"" + say},
           {"", "\"\"" + say},
           {"10.0.1.5/24", "10.0.1.5/24 is no network, for it has bits beyond its prefix; write 10.0.1.0/24"},
           {"fd00:1::5/64",
            "fd00:1::5/64 is no network, for it has bits beyond its prefix; write fd00:1::/64"},
           {"::ffff:10.0.0.1", "::ffff:10.0.0.1 stands for addresses of IPv4; write these"},
           {"::ffff:10.0.0.0/104", "::ffff:10.0.0.0/104 stands for addresses of IPv4; write these"}}) {
    INFO(each.text);
    auto const read = zone_place::parse(each.text);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().message == each.message);
  }
}

TEST_CASE("places overlap if a host may be in both") {
  auto const overlap = [](std::string const& one, std::string const& other) {
    return zone_place::parse(one)->overlaps(*zone_place::parse(other));
  };
  CHECK(overlap("10.0.0.0/16", "10.0.1.0/24"));
  CHECK(overlap("10.0.1.0/24", "10.0.0.0/16"));
  CHECK(overlap("10.0.1.0/24", "10.0.1.0/24"));
  CHECK(overlap("0.0.0.0/0", "10.0.1.7"));
  CHECK(overlap("fd00::/16", "fd00:1::7"));
  CHECK(overlap("a.example.org", "A.example.org"));
  CHECK_FALSE(overlap("10.0.1.0/24", "10.0.2.0/24"));
  CHECK_FALSE(overlap("0.0.0.0/0", "::/0"));
  CHECK_FALSE(overlap("0.0.0.0/0", "a.example.org"));
}

}  // namespace tandem::net
