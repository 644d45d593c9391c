#include "protocol/memcached/release.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using tandem::protocol::memcached_release;
using tandem::protocol::read_release;

TEST_CASE("the answer to version tells a release, whatever its builders have added") {
  struct row {
    std::string line;
    std::optional<memcached_release> told;
  };
  for (row const& each : std::vector<row>{
           {"VERSION 1.6.18", {{1, 6, 18}}},
           {"VERSION 1.6.10", {{1, 6, 10}}},
           {"VERSION 1.4.39", {{1, 4, 39}}},
           {"VERSION 1.6.38-1", {{1, 6, 38}}},
           {"VERSION 1.6.18 of ours", {{1, 6, 18}}},
           {"VERSION 1.6.29_4_gabc", {{1, 6, 29}}},
           {"VERSION 1.6.9-rc1", {{1, 6, 9}}},
           {"VERSION 1.6", {{1, 6, 0}}},
           {"VERSION 2.0.0.1", {{2, 0, 0}}},
           {"VERSION 1.6.x", {{1, 6, 0}}},
           {"VERSION 1", std::nullopt},
           {"VERSION ", std::nullopt},
           {"VERSION", std::nullopt},
           {"VERSION mine", std::nullopt},
           {"VERSION -1.6.18", std::nullopt},
           {"VERSION .6.18", std::nullopt},
           {"VERSION 1.6.99999999999", std::nullopt},
           {"version 1.6.18", std::nullopt},
           {" VERSION 1.6.18", std::nullopt},
           {"ERROR", std::nullopt},
           {"", std::nullopt},
       }) {
    INFO(each.line);
    CHECK(read_release(each.line) == each.told);
  }
}

TEST_CASE("releases are compared by number") {
  CHECK(memcached_release{1, 6, 9} < memcached_release{1, 6, 10});
  CHECK(memcached_release{1, 10, 0} > memcached_release{1, 6, 38});
  CHECK(memcached_release{2, 0, 0} > memcached_release{1, 6, 38});
  CHECK(memcached_release{1, 6, 38}.str() == "1.6.38");
}
