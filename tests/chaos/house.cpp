#include "chaos/house.hpp"

#include <fmt/format.h>

namespace tandem::chaos {
namespace {

constexpr std::size_t servers = 3;

std::vector<std::unique_ptr<test::memcached_server>> start_pool() {
  std::vector<std::unique_ptr<test::memcached_server>> made;
  for (std::size_t each = 0; each < servers; ++each)
    made.push_back(std::make_unique<test::memcached_server>());
  return made;
}

}  // namespace

house::house(std::string const& breaker)
    : pool_(start_pool()), tandem_([this, &breaker] {
        for (auto const& each : pool_)
          relays_.push_back(std::make_unique<consistency::relay>(each->port(), relays_.size()));
        relays_.push_back(std::make_unique<consistency::relay>(redis_.port(), relays_.size()));
        return configuration(breaker);
      }()) {}

std::string house::configuration(std::string const& breaker) const {
  std::string const guard = breaker.empty() ? "" : fmt::format(", circuit_breaker: {{{}}}", breaker);
  std::string addresses;
  for (std::size_t each = 0; each < servers; ++each)
    addresses += fmt::format("{}\"127.0.0.1:{}\"", each == 0 ? "" : ", ", relays_[each]->port());
  return fmt::format(R"(workers: 2
backends:
  pool: {{memcached: {{servers: [{0}]}}, timeout: {1}ms{2}}}
  far: {{redis: {{server: "127.0.0.1:{3}"}}, timeout: {1}ms{2}}}
  scratch: {{memory: {{size: 16MiB}}}}
  covered: {{failover: {{to: [pool, scratch], on: [error, timeout], ttl: 10s}}}}
routes:
  - {{prefix: "p:", to: pool}}
  - {{prefix: "r:", to: far}}
  - {{prefix: "c:", to: covered}}
)",
                     addresses, timeout_ms, guard, relays_.back()->port());
}

bool house::on_victim(std::string const& key) const {
  return pool_.front()->connect().converse("mg " + key + "\r\n") != "EN\r\n";
}

std::size_t house::resident_bytes() const {
  std::string const status = test::content_of(fmt::format("/proc/{}/status", tandem_.pid()));
  std::size_t const at = status.find("VmRSS:");
  return at == std::string::npos ? 0 : std::stoul(status.substr(at + 6)) * 1024;
}

}  // namespace tandem::chaos
