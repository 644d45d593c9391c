#include "frontend/entrance.hpp"

#include "support/catch.hpp"

#include <vector>

namespace tandem::frontend {

TEST_CASE("a cluster is told as its version and a line of host, address and port") {
  std::vector<announced_server> const servers{{{"a.example.org", 11211, ""}, "10.0.0.1"},
                                              {{"b.example.org", 11212, ""}, ""},
                                              {{"::1", 11213, ""}, "::1"}};
  CHECK(cluster_configuration(12, servers) ==
        "12\na.example.org|10.0.0.1|11211 b.example.org||11212 ::1|::1|11213\n");
}

}  // namespace tandem::frontend
