#include "consistency/house.hpp"

#include "support/built_daemon.hpp"
#include "support/process.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

namespace tandem::consistency {
namespace {

using namespace std::chrono_literals;

// Small enough that some values are too large for L1.
std::vector<std::string> small_items() {
  // Half of the largest item; old releases of memcached count in bytes, and new ones in kilobytes refuse so many.
  static std::string const option =
      test::run({test::memcached_program(), "-o", "slab_chunk_max=16384", "-h"}).status == 0
          ? "slab_chunk_max=16384"
          : "slab_chunk_max=16";
  return {"-I", "32k", "-o", option};
}

// What an outage takes beyond the moment at which the process is seen to have replayed what L1 missed: the requests that
// are under way then.
constexpr moment replay_us = 250'000;
// L1's time to live of keys that are written past Tandem, and what memcached's clock of whole seconds and a
// fill that is under way add.
constexpr unsigned short_ttl_s = 2;
constexpr moment unseen_us = (short_ttl_s + 2) * 1'000'000;
// What an invalidation takes: delays on its way, and a removal that L1 does not answer. One that is missed is made up
// for when its link is back, which takes as long as the window above.
constexpr moment told_us = 1'500'000;
// L1's time to live of all others: longer than a trial with which one would wait for it.
constexpr unsigned long_ttl_s = 300;
constexpr moment killed_us = moment{long_ttl_s} * 1'000'000;

constexpr unsigned workers = 2;  // each with a connection to each server
// For coming back to a server and replaying. The pause between attempts grows to two seconds.
constexpr auto calm_max = 10s;

// A loaded machine may take its time, and a removal that is given up opens a window that nobody noted. But after an
// invalidation, and whenever its link was lost, L1 is not used until all that is under way has timed out.
constexpr unsigned l1_timeout_s = 10;
constexpr unsigned l1_timeout_with_invalidation_s = 1;

std::unique_ptr<far_side> l2_of(house_options const& options) {
  std::uint64_t const seed = options.seed * 1000 + 500;
  return options.l2 == "cluster" ? make_redis_cluster(seed) : make_redis_pair(seed);
}

// Keys lie where they do by their server's place in the list, not by its address, which differs between
// processes.
std::string pool(std::uint16_t first, std::uint16_t second, unsigned timeout) {
  return fmt::format(
      "backends:\n  near:\n    memcached: {{servers: [\"127.0.0.1:{}\", \"127.0.0.1:{}\"], distribution: "
      "modula}}\n    timeout: {}s\n",
      first, second, timeout);
}

}  // namespace

moment now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

house::house(house_options options)
    : options_(std::move(options)),
      memcached_{test::memcached_server(small_items()), test::memcached_server(small_items())},
      far_(l2_of(options_)) {
  std::uint64_t seed = options_.seed * 1000;
  for (unsigned process = 0; process < processes; ++process) {
    for (test::memcached_server const& each : memcached_)
      l1_relays_.push_back(std::make_unique<relay>(each.port(), ++seed));
  }
  for (unsigned process = 0; process < processes; ++process) {
    tandems_.push_back(std::make_unique<test::tandem_program>(configuration(process)));
    up_.at(process) = true;
  }
}

std::string house::tiers(std::string_view name, unsigned process, unsigned ttl_s) const {
  std::string queue;
  if (has_queue(options_)) {
    std::string const directory = (journals_.path() / fmt::format("{}-{}", name, process)).string();
    std::string const journal =
        fmt::format(", journal: {{directory: {}, fsync: {}}}", directory, options_.journal);
    queue = fmt::format(", queue: {{items: 1000, bytes: 16MiB{}}}", options_.journal == "off" ? "" : journal);
  }
  return fmt::format(
      "  {}:\n    tiered: {{l1: near, l2: far, write: {}, lease: {}, l1_ttl: {}s, negative_ttl: {}s, "
      "stale_for: {}s, on_l2_failure: {}{}}}\n",
      name, options_.write, options_.lease, ttl_s, std::min<unsigned>(options_.negative_ttl_s, ttl_s),
      options_.stale_for_s, options_.on_l2_failure, queue);
}

std::string house::configuration(unsigned process) const {
  bool const told = options_.invalidation != "off";
  unsigned const l1_timeout = told ? l1_timeout_with_invalidation_s : l1_timeout_s;
  std::string made =
      pool(l1_relays_[process * l1_servers]->port(), l1_relays_[process * l1_servers + 1]->port(),
           l1_timeout) +
      fmt::format("  far:\n    redis: {{{}}}\n    timeout: {}s\n", far_->options(process), l2_timeout_s);
  if (options_.backend == "redis") return made + "routes:\n  - {to: far}\n";
  made += tiers("tiers", process, long_ttl_s) +
          tiers("short_tiers", process, told ? long_ttl_s : short_ttl_s) +
          "routes:\n  - {prefix: \"f:\", to: short_tiers}\n  - {to: tiers}\n";
  if (told) made += "invalidation:\n";
  if (options_.invalidation == "channel") made += "  - {redis: far, channel: \"tandem:invalidate\"}\n";
  if (options_.invalidation == "tracking") made += "  - {redis: far, tracking: true}\n";
  return made;
}

promises house::promised() const {
  if (options_.backend == "redis") return {};
  if (has_queue(options_)) return {.replay = 0, .unseen = 0, .killed = killed_us};
  bool const told = options_.invalidation != "off" && options_.links_last;
  return {.replay = replay_us, .unseen = told ? told_us : unseen_us, .killed = killed_us};
}

std::map<std::string, unsigned> house::placed(std::vector<std::string> const& keys) const {
  test::temporary_directory const directory;
  std::string const file =
      directory.write("pool.yaml", pool(1, 2, l1_timeout_s) + "routes:\n  - {to: near}\n").string();
  std::map<std::string, unsigned> made;
  for (std::string const& key : keys) {
    test::finished const said = test::run({test::tandem_binary(), "explain", "--config", file, key});
    bool const first = said.output.find("127.0.0.1:1") != std::string::npos;
    bool const second = said.output.find("127.0.0.1:2") != std::string::npos;
    if (said.status != 0 || first == second) throw std::runtime_error("where is " + key + "? " + said.output);
    made[key] = first ? 0 : 1;
  }
  return made;
}

void house::delay(std::chrono::microseconds max) {
  for (auto const& each : l1_relays_) each->delay(max);
  far_->delay(max);
}

double house::connects(unsigned process, unsigned server) {
  std::string const where = fmt::format("server=\"127.0.0.1:{}\"", l1(process, server).port());
  return tandems_[process]->metric("tandem_server_connects_total", where);
}

void house::await_replays(unsigned process) {
  if (options_.backend == "redis") return;
  moment asked = 0;
  bool const done = test::wait_until(
      [&] {
        asked = now();
        return tandems_[process]->metric("tandem_tier_removals_due") == 0;
      },
      calm_max);
  if (!done) throw std::runtime_error("what L1 missed is not replayed to it");
  calms_.push_back({process, asked});
}

void house::await_replays() {
  for (unsigned process = 0; process < processes; ++process) await_replays(process);
}

// Connections from before the outage do not count, whose loss a worker may not have noticed yet.
void house::await_calm(unsigned process, unsigned server, double connects_before) {
  std::string const where = fmt::format("server=\"127.0.0.1:{}\"", l1(process, server).port());
  bool const connected = test::wait_until(
      [&] {
        return connects(process, server) >= connects_before + workers &&
               tandems_[process]->metric("tandem_server_connections", where) == workers;
      },
      calm_max);
  if (!connected) throw std::runtime_error("a Tandem does not come back to a server of L1");
  await_replays(process);
}

void house::outage_of(std::vector<unsigned> const& of, unsigned server, std::function<void()> const& what) {
  if (options_.backend == "redis") return what();
  std::vector<double> before;
  for (unsigned const process : of) before.push_back(connects(process, server));
  moment const start = now();
  what();
  for (std::size_t i = 0; i < of.size(); ++i) {
    await_calm(of[i], server, before[i]);
    outages_.push_back({of[i], server, start, now()});
  }
}

void house::cut_l1(unsigned process, unsigned server) {
  outage_of({process}, server, [&] { l1(process, server).cut(); });
}

void house::refuse_l1(unsigned process, unsigned server, std::function<void()> const& meanwhile) {
  outage_of({process}, server, [&] {
    l1(process, server).refuse();
    meanwhile();
    l1(process, server).listen();
  });
}

void house::restart_l1(unsigned server, std::function<void()> const& meanwhile) {
  outage_of({0, 1}, server, [&] {
    for (unsigned process = 0; process < processes; ++process) l1(process, server).refuse();
    memcached_[server].kill();
    meanwhile();
    memcached_[server].start();
    for (unsigned process = 0; process < processes; ++process) l1(process, server).listen();
  });
}

// While a process is started again.
class house::away {
 public:
  away(house& whose, unsigned process) : up_(whose.up_.at(process)) {
    whose.last_metrics_.push_back(whose.tandems_[process]->metrics());
    up_ = false;
  }
  ~away() {
    up_ = true;
    up_.notify_all();
  }
  away(away const&) = delete;
  away& operator=(away const&) = delete;

 private:
  std::atomic<bool>& up_;
};

// What L1 missed would be forgotten with the process; nothing is missed when it begins to end.
void house::restart_tandem(unsigned process) {
  await_replays(process);
  away const meanwhile(*this, process);
  tandems_[process]->stop();
  tandems_[process]->start();
}

void house::kill_tandem(unsigned process, std::chrono::milliseconds queueing) {
  await_replays(process);
  auto const kill = [&] {
    away const meanwhile(*this, process);
    moment const start = now();
    tandems_[process]->kill();
    killings_.push_back({process, start, now()});
    tandems_[process]->start();
  };
  if (!has_queue(options_)) return kill();
  far_->refuse(process, [&] {
    std::this_thread::sleep_for(queueing);
    kill();
  });
}

double house::metric(std::string_view name, std::string_view label) const {
  double sum = 0;
  for (auto const& each : tandems_) sum += each->metric(name, label);
  for (std::string const& each : last_metrics_) sum += test::tandem_program::sum_of(each, name, label);
  return sum;
}

void house::stop_tandems() {
  for (auto const& each : tandems_) each->stop();
}

}  // namespace tandem::consistency
