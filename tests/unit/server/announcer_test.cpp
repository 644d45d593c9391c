#include "server/announcer.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <thread>

namespace tandem::server {
namespace {

net::listener_options announcing(std::vector<net::endpoint> servers) {
  return {.endpoint = {"127.0.0.1", 11211, ""}, .mode = 0, .announce = std::move(servers)};
}

net::name_resolver unknown([](std::string const&) { return net::name_resolver::resolution{{}, "unknown"}; });
net::name_resolver always_nine([](std::string const&) {
  return net::name_resolver::resolution{
      {boost::asio::ip::make_address("::9"), boost::asio::ip::make_address("10.0.0.9")}, {}};
});

bool becomes(frontend::entrance const& door, std::string const& wanted) {
  auto const patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (door.cluster().find(wanted) == std::string::npos) {
    if (std::chrono::steady_clock::now() > patience) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

TEST_CASE("a listener that announces nothing tells of no cluster") {
  base::manual_clock const clock;
  announcer const made({announcing({}), announcing({{"10.0.0.1", 1, ""}})}, clock, unknown);
  CHECK_FALSE(made.of(0).announces());
  CHECK(made.of(1).announces());
}

TEST_CASE("addresses are told at once, names when they are known") {
  base::manual_clock const clock;
  announcer const made({announcing({{"10.0.0.1", 1, ""}, {"a.example", 2, ""}})}, clock, always_nine);
  std::string const early = made.of(0).cluster();
  CHECK(early.find("10.0.0.1|10.0.0.1|1 a.example|") != std::string::npos);
  CHECK(becomes(made.of(0), "a.example|10.0.0.9|2"));
}

TEST_CASE("the version is the seconds since 2020, and larger with each change") {
  base::manual_clock clock;
  std::int64_t const seconds = clock.unix_ms() / 1000 - 1'577'836'800;
  announcer const made({announcing({{"a.example", 2, ""}})}, clock, always_nine);
  CHECK(becomes(made.of(0), std::to_string(seconds + 1) + "\na.example|10.0.0.9|2\n"));
  announcer const address({announcing({{"10.0.0.1", 1, ""}})}, clock, unknown);
  CHECK(address.of(0).cluster() == std::to_string(seconds) + "\n10.0.0.1|10.0.0.1|1\n");
}

TEST_CASE("a name without an address is told without one") {
  base::manual_clock const clock;
  announcer const made({announcing({{"a.example", 2, ""}})}, clock, unknown);
  CHECK(made.of(0).cluster().ends_with("\na.example||2\n"));
}

}  // namespace tandem::server
