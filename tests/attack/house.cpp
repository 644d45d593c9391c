#include "attack/house.hpp"

#include "support/free_port.hpp"
#include "support/temporary_directory.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <filesystem>
#include <thread>

namespace tandem::attack {
namespace {

void stay_on(int first, int last) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  for (int core = first; core <= last; ++core) CPU_SET(static_cast<std::size_t>(core), &cores);
  ::sched_setaffinity(0, sizeof cores, &cores);
}

/// Starts it on the last core, and leaves the others to whoever comes later and to us.
test::tandem_program start_apart(std::string const& configuration) {
  run_as(urgency::ordinary);
  int const last = static_cast<int>(std::thread::hardware_concurrency()) - 1;
  if (last > 0) stay_on(last, last);
  struct back_home {
    int last;
    ~back_home() {
      if (last > 0) stay_on(0, last - 1);
    }
  } const afterwards{last};
  return test::tandem_program(configuration);
}

std::string configuration(std::string const& memcached, std::string const& redis) {
  return fmt::format(R"(workers: 1
backends:
  pool: {{memcached: {{servers: ["{}"]}}, timeout: 10s}}
  far: {{redis: {{server: "{}"}}, timeout: 10s}}
  own: {{memory: {{size: 64MiB}}}}
  dead: {{memcached: {{servers: ["127.0.0.1:{}"]}}}}
routes:
  - {{prefix: "p:", to: pool}}
  - {{prefix: "r:", to: far}}
  - {{prefix: "m:", to: own}}
  - {{prefix: "d:", to: dead}}
)",
                     memcached, redis, test::free_port());
}

}  // namespace

house::house() : tandem_(start_apart(configuration(memcached_.address(), redis_.address()))) {}

std::vector<std::string> const& house::prefixes() {
  static std::vector<std::string> const all{"p:", "r:", "m:"};
  return all;
}

std::size_t house::resident_bytes() const {
  std::string const status = test::content_of(fmt::format("/proc/{}/status", tandem_.pid()));
  std::size_t const at = status.find("VmRSS:");
  return at == std::string::npos ? 0 : std::stoul(status.substr(at + 6)) * 1024;
}

std::size_t house::descriptors() const {
  auto const all = std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", tandem_.pid()));
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t house::connections() const {
  return static_cast<std::size_t>(tandem_.metric("tandem_client_connections"));
}

}  // namespace tandem::attack
