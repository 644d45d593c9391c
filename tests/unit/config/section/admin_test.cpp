#include "unit/config/loading.hpp"

namespace tandem::config {

TEST_CASE("the admin endpoint is on where it is given") {
  configuration const read = good("admin: {address: 127.0.0.1:9150}" + memory_backend);
  CHECK(read.admin.enabled);
  CHECK(read.admin.endpoint == net::endpoint{"127.0.0.1", 9150, ""});
}

TEST_CASE("mistakes in the admin section are reported") {
  check_each({
      {"admin: {}" + memory_backend,
       {"t.yaml:1:8: admin: \"address\" is missing; write HOST:PORT, such as 127.0.0.1:9150"}},
      {"admin:" + memory_backend, {"t.yaml:1:1: admin: has no value; write NAME: VALUE lines"}},
      {"admin: {address: unix:/a}" + memory_backend,
       {"t.yaml:1:18: admin.address: HTTP is served over TCP; write HOST:PORT"}},
      {"admin: {address: 'a:b'}" + memory_backend,
       {"t.yaml:1:18: admin.address: \"b\" is not a port; ports are 1 to 65535"}},
      {"admin: {address: a:1, port: 9150}" + memory_backend,
       {"t.yaml:1:23: admin: unknown key \"port\"; write one of address, invalidate"}},
  });
}

}  // namespace tandem::config
