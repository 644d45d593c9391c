#include "chaos/house.hpp"

#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

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

house::house(house_options const& options)
    : timeout_(options.timeout),
      pool_(start_pool()),
      redis_({"--dir", redis_data_.path().string(), "--dbfilename", "saved"}),
      tandem_(configuration(options)) {}

std::string house::configuration(house_options const& options) {
  for (auto const& each : pool_)
    relays_.push_back(std::make_unique<consistency::relay>(each->port(), relays_.size()));
  relays_.push_back(std::make_unique<consistency::relay>(redis_.port(), relays_.size()));
  std::string const guard =
      options.breaker.empty() ? "" : fmt::format(", circuit_breaker: {{{}}}", options.breaker);
  std::string addresses;
  for (std::size_t each = 0; each < servers; ++each)
    addresses += fmt::format("{}\"127.0.0.1:{}\"", each == 0 ? "" : ", ", relays_[each]->port());
  std::string const more = annexes(options, guard);
  return fmt::format(R"(workers: 2
backends:
  pool: {{memcached: {{servers: [{0}]}}, timeout: {1}ms{2}}}
  far: {{redis: {{server: "127.0.0.1:{3}"}}, timeout: {1}ms{2}}}
  scratch: {{memory: {{size: 16MiB}}}}
  covered: {{failover: {{to: [pool, scratch], on: [error, timeout], ttl: 10s}}}}
  tiers: {{tiered: {{l1: pool, l2: far}}}}
{4}routes:
  - {{prefix: "p:", to: pool}}
  - {{prefix: "c:", to: covered}}
  - {{prefix: "r:", to: far}}
  - {{prefix: "t:", to: tiers}}
  - {{prefix: "d:", to: {5}}}
  - {{prefix: "s:", to: {6}}}
  - {{prefix: "n:", to: {7}}}
  - {{prefix: "h:", to: {8}}}
)",
                     addresses, timeout_.count(), guard, relays_.back()->port(), more,
                     distant_ ? "distant" : "scratch", cluster_ ? "slots" : "scratch",
                     sentinels_ ? "named" : "scratch", headless_ ? "pods" : "scratch");
}

std::string house::annexes(house_options const& options, std::string const& guard) {
  std::string made;
  auto const add = [&](std::string const& name, std::string const& what) {
    made += fmt::format("  {}: {{{}, timeout: {}ms{}}}\n", name, what, timeout_.count(), guard);
  };
  if (options.network == nullptr && std::ranges::any_of(options.annexes, needs_network))
    throw std::logic_error("there is no network for what is not on this host");
  if (options.annexes.contains(annex::distant)) {
    distant_.emplace(*options.network);
    add("distant", fmt::format("memcached: {{servers: [\"{}\"]}}", distant_->address()));
  }
  if (options.annexes.contains(annex::cluster)) {
    cluster_.emplace();
    add("slots", fmt::format("redis: {{cluster: {}}}", cluster_->addresses()));
  }
  if (options.annexes.contains(annex::sentinels)) {
    sentinels_.emplace();
    add("named", fmt::format("redis: {{sentinel: {{master: {}, sentinels: {}}}}}",
                             test::redis_sentinels::name, sentinels_->addresses()));
  }
  if (options.annexes.contains(annex::headless)) {
    headless_.emplace(*options.network);
    add("pods", fmt::format("memcached: {{discover: {{dns: \"{}\", every: 1s}}}}", headless_->service()));
  }
  return made;
}

// No file replaces a directory.
void house::break_saving() {
  std::filesystem::create_directory(redis_data_.path() / "saved");
  redis_.command({"CONFIG", "SET", "save", "1 1000000"});
  redis_.command({"BGSAVE"});
  bool const refuses = test::wait_until([this] {
    return redis_.command({"SET", "other", "x"}).text.starts_with("MISCONF");
  });
  if (!refuses) throw std::runtime_error("Redis can save");
}

std::vector<std::string> house::prefixes() const {
  std::vector<std::string> made{"p:", "c:", "r:", "t:"};
  if (distant_) made.emplace_back("d:");
  if (cluster_) made.emplace_back("s:");
  if (sentinels_) made.emplace_back("n:");
  if (headless_) made.emplace_back("h:");
  return made;
}

place house::of(std::string const& key) const {
  switch (key.front()) {
    case 'r': return place::redis;
    case 't': return place::tiered;
    case 'd': return place::distant;
    case 's': return place::cluster;
    case 'n': return place::sentinels;
    case 'h': return place::headless;
    default: break;
  }
  bool const elsewhere = pool_.front()->connect().converse("mg " + key + "\r\n") == "EN\r\n";
  if (elsewhere) return place::healthy;
  return key.front() == 'c' ? place::covered_victim : place::victim;
}

}  // namespace tandem::chaos
