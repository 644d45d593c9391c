#include "server/replica_zones.hpp"

#include "unit/config/loading.hpp"

#include <string>
#include <vector>

namespace tandem::server {

TEST_CASE("a backend is in the zone that it says, or in that of all of its servers") {
  config::configuration const read = config::good(R"(zone: a
zones: {a: [10.0.1.0/24], b: [10.0.2.0/24]}
backends:
  near: {memcached: {servers: ["10.0.1.1:1", "10.0.1.2:1"]}}
  far: {memcached: {servers: ["10.0.2.1:1"]}}
  both: {memcached: {servers: ["10.0.1.1:2", "10.0.2.1:2"]}}
  other: {memcached: {servers: ["10.0.1.1:2", "10.0.3.1:2"]}}
  said: {memcached: {servers: ["10.0.1.1:2"]}, zone: c}
  helped: {memcached: {servers: ["10.0.1.1:3"], on_server_failure: {gutter: far}}}
  alone: {redis: {server: "10.0.2.1:6379"}}
  many: {redis: {cluster: ["10.0.2.1:6379"]}}
  here: {memory: {}}
  over: {failover: {to: [alone, far]}}
  apart: {failover: {to: [near, far]}}
  placed: {failover: {to: [near, said]}, zone: a}
  wide: {failover: {to: [placed, near]}}
  all: {replicated: {to: [near, far], read: zone}}
routes: [{to: all}]
)");
  config::composition const all(read.backends);
  struct row {
    std::string name;
    std::string zone;
  };
  for (row const& each : std::vector<row>{{"near", "a"},
                                          {"far", "b"},
                                          {"both", ""},
                                          {"other", ""},
                                          {"said", "c"},
                                          {"helped", "a"},
                                          {"alone", "b"},
                                          {"many", ""},
                                          {"here", ""},
                                          {"over", "b"},
                                          {"apart", ""},
                                          {"placed", "a"},
                                          {"wide", "a"}}) {
    INFO(each.name);
    CHECK(zone_of(all, read.zones, each.name) == each.zone);
  }
}

}  // namespace tandem::server
