// Real client libraries of other languages hold the same session with memcached and with Tandem, and notice no
// difference. Libraries that are not installed are passed over.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>

#include <string>

using namespace tandem::test;

namespace {

finished session(std::string const& script, std::uint16_t port, std::string const& prefix) {
  return run({TANDEM_SOURCE_DIR "/tests/clients/" + script, std::to_string(port), prefix});
}

bool installed(std::string const& probe) { return run({"sh", "-c", probe}).status == 0; }

void compare(std::string const& script) {
  memcached_server const oracle;
  memcached_server const one;
  memcached_server const two;
  redis_server const redis;
  tandem_daemon const tandem(fmt::format(R"(
backends:
  pool:
    memcached: {{servers: ["{}", "{}"]}}
    timeout: 2s
  store:
    redis: {{server: "{}"}}
    timeout: 2s
  memory:
    memory: {{size: 64MiB}}
routes:
  - {{prefix: "pool:", to: pool}}
  - {{prefix: "redis:", to: store}}
  - {{to: memory}}
)",
                                         one.address(), two.address(), redis.address()));
  finished const expected = session(script, oracle.port(), "oracle:");
  INFO(expected.output);
  REQUIRE(expected.status == 0);
  for (std::string const prefix : {"pool:", "redis:", "memory:"}) {
    INFO(prefix);
    finished const got = session(script, tandem.port(), prefix);
    CHECK(got.output == expected.output);
    CHECK(got.status == 0);
  }
}

}  // namespace

TEST_CASE("pymemcache takes Tandem for memcached") {
  if (!installed("/usr/bin/python3 -c 'import pymemcache'")) return;
  compare("pymemcache_session.py");
}

TEST_CASE("pylibmc takes Tandem for memcached") {
  if (!installed("/usr/bin/python3 -c 'import pylibmc'")) return;
  compare("pylibmc_session.py");
}

TEST_CASE("php-memcached takes Tandem for memcached") {
  if (!installed("php -m | grep -qx memcached")) return;
  compare("php_session.php");
}
