// What the process takes of main memory while clients try to have more of it than limits.memory.
#include "support/built_daemon.hpp"
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/repeated.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t mib = 1024 * 1024;
constexpr std::size_t clients_wanted = 10'000;

std::string set_of(std::string_view key, std::size_t size) {
  return fmt::format("set {} 0 0 {}\r\n{}\r\n", key, size, std::string(size, 'v'));
}

/// How many connections this process may have, with some descriptors left for itself.
std::size_t connections_allowed() {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  return static_cast<std::size_t>(limit.rlim_cur) - 200;
}

/// All at once: values half sent, large and small; replies that nobody reads, large and small; pipelines of ten thousand
/// requests; and some that say next to nothing.
class mob {
 public:
  mob(tandem_daemon const& tandem, std::size_t count) {
    for (std::size_t each = 0; each < count; ++each) {
      members_.push_back({tandem.connect(), what_they_say_[each % what_they_say_.size()]});
      members_.back().client.receive_buffer(4096);
    }
  }

  /// What is taken of what each has to say.
  void push(std::chrono::steady_clock::time_point until) {
    while (std::chrono::steady_clock::now() < until) {
      for (member& each : members_) each.left.remove_prefix(each.client.send_some(each.left, 0ms));
      std::this_thread::sleep_for(10ms);
    }
  }

 private:
  struct member {
    text_client client;
    std::string_view left;
  };

  std::array<std::string, 7> const what_they_say_ = {set_of("half", mib).substr(0, 700'000),
                                                     set_of("half", 20'000).substr(0, 15'000),
                                                     repeated("get large\r\n", 20),
                                                     repeated("get medium\r\n", 100),
                                                     repeated("get small\r\n", 10'000),
                                                     repeated("get" + repeated(" k", 80) + "\r\n", 200),
                                                     "g"};
  std::vector<member> members_;
};

}  // namespace

TEST_CASE("ten thousand clients that do their worst have no more than limits.memory and 32 MiB") {
  if (tandem_is_sanitized()) return;
  memcached_server const server({"-m", "256", "-I", "2m"});
  tandem_daemon const tandem(fmt::format(R"(
workers: 2
limits: {{memory: 256MiB}}
backends:
  pool:
    memcached: {{servers: ["{}"]}}
    timeout: 5s
routes:
  - {{to: pool}}
)",
                                         server.address()));
  text_client other = tandem.connect();
  other.timeout(30s);
  for (auto const& [key, size] : {std::pair("large", mib - 1000), {"medium", 15'000}, {"small", 100}})
    CHECK(other.ask(set_of(key, size)) == "STORED");
  std::size_t const clients = std::min(clients_wanted, connections_allowed());
  if (clients < clients_wanted) WARN("with " << clients << " clients, since there may be no more");
  {
    mob all(tandem, clients);
    all.push(std::chrono::steady_clock::now() + 8s);
    CHECK(tandem.metric("tandem_client_memory_waits_total") > 100);  // or memory was not short
    CHECK(tandem.metric("tandem_client_connections_ended_total", {{"reason", "memory"}}) > 10);
  }
  std::size_t const peak = tandem.peak_resident_bytes();
  fmt::print("{} clients, limits.memory 256 MiB: {:.1f} MiB at most\n", clients,
             static_cast<double>(peak) / mib);
  CHECK(peak < (256 + 32) * mib);
  CHECK(other.converse("get small\r\n").starts_with("VALUE small 0 100\r\n"));
}
