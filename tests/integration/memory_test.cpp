// limits.memory: what clients hold is what is counted, those who hold most wait or go, and nobody else feels it.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

using namespace tandem::test;

namespace {

std::string pool_at(std::string const& address) {
  return fmt::format(
      "backends:\n  pool:\n    memcached: {{servers: [\"{}\"]}}\n    timeout: 9s\nroutes:\n  - {{to: "
      "pool}}\n",
      address);
}

std::string get_of(int keys) {
  std::string made = "get";
  for (int key = 0; key < keys; ++key) made += fmt::format(" k{}", key);
  return made + "\r\n";
}

std::vector<text_client> many(tandem_daemon const& tandem, std::size_t count, std::string const& said) {
  std::vector<text_client> made;
  for (std::size_t i = 0; i < count; ++i) {
    made.push_back(tandem.connect());
    made.back().send(said);
  }
  auto const received = static_cast<double>(count * said.size());
  CHECK(wait_until([&] { return tandem.metric("tandem_client_read_bytes_total") >= received; }));
  return made;
}

}  // namespace

TEST_CASE(
    "a thousand clients that have said a byte, or the beginning of a value, hold little and slow nobody") {
  memcached_server const server;
  for (std::string const said : {"g", "\x80", "set k 0 0 1000000\r\nv"}) {
    INFO(said);
    tandem_daemon const tandem("workers: 1\nlimits: {memory: 8MiB}\n" + pool_at(server.address()));
    std::vector<text_client> const holding = many(tandem, 1000, said);
    text_client other = tandem.connect();
    CHECK(other.converse(get_of(100)) == "END\r\n");  // of which it has more than a few in flight from now on
    double const paused = tandem.metric("tandem_client_paused_total");
    for (int i = 0; i < 20; ++i) CHECK(other.converse(get_of(100)) == "END\r\n");
    CHECK(tandem.metric("tandem_client_paused_total") == paused);
    CHECK(wait_until([&] { return tandem.metric("tandem_buffer_bytes") < 200 * 1000; }));
  }
}
