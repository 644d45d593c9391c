#include "consistency/house.hpp"

#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace tandem::consistency {
namespace {

using namespace std::chrono_literals;

// Small enough that some values are too large for L1.
std::vector<std::string> const small_items{"-I", "32k", "-o", "slab_chunk_max=16384"};
std::vector<std::string> const prompt_replication{"--repl-diskless-sync-delay", "0"};

// How long a process may take to come back to a server and to replay what it missed: the pause between
// attempts to connect grows with the outage, and outages are short here.
constexpr moment replay_us = 4'000'000;
// L1's time to live of keys that are written past Tandem, and what memcached's clock of whole seconds and a
// fill that is under way add.
constexpr unsigned short_ttl_s = 2;
constexpr moment unseen_us = (short_ttl_s + 2) * 1'000'000;

// A loaded machine may take its time, and a removal that is given up opens a window that nobody noted. But after an
// invalidation, and whenever its link was lost, L1 is not used until all that is under way has timed out.
constexpr unsigned timeout_s = 10;
constexpr unsigned timeout_with_invalidation_s = 1;

// Keys lie where they do by their server's place in the list, not by its address, which differs between
// processes.
std::string pool(std::uint16_t first, std::uint16_t second, unsigned timeout) {
  return fmt::format(
      "backends:\n  near:\n    memcached: {{servers: [\"127.0.0.1:{}\", \"127.0.0.1:{}\"], distribution: "
      "modula}}\n    timeout: {}s\n",
      first, second, timeout);
}

void pause(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

}  // namespace

moment now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

house::house(house_options options)
    : options_(std::move(options)),
      memcached_{test::memcached_server(small_items), test::memcached_server(small_items)},
      redis_{test::redis_server(prompt_replication), test::redis_server(prompt_replication)} {
  replicate();
  std::uint64_t seed = options_.seed;
  for (unsigned process = 0; process < processes; ++process) {
    for (test::memcached_server const& each : memcached_)
      l1_relays_.push_back(std::make_unique<relay>(each.port(), ++seed));
    l2_relays_.push_back(std::make_unique<relay>(redis_[master_].port(), ++seed));
  }
  for (unsigned process = 0; process < processes; ++process)
    tandems_.push_back(std::make_unique<test::tandem_program>(configuration(process)));
}

std::string house::configuration(unsigned process) const {
  bool const told = options_.invalidation != "off";
  unsigned const timeout = told ? timeout_with_invalidation_s : timeout_s;
  std::string made =
      pool(l1_relays_[process * l1_servers]->port(), l1_relays_[process * l1_servers + 1]->port(), timeout) +
      fmt::format("  far:\n    redis: {{server: \"127.0.0.1:{}\"}}\n    timeout: {}s\n",
                  l2_relays_[process]->port(), timeout);
  if (options_.backend == "redis") return made + "routes:\n  - {to: far}\n";
  std::string const queue = options_.write == "back" ? ", queue: {items: 1000, bytes: 16MiB}" : "";
  auto const tiers = [&](std::string_view name, unsigned ttl_s) {
    return fmt::format(
        "  {}:\n    tiered: {{l1: near, l2: far, write: {}, lease: {}, l1_ttl: {}s, negative_ttl: "
        "{}s{}}}\n",
        name, options_.write, options_.lease, ttl_s, std::min<unsigned>(options_.negative_ttl_s, ttl_s),
        queue);
  };
  made += tiers("tiers", 300) + tiers("short_tiers", told ? 300 : short_ttl_s) +
          "routes:\n  - {prefix: \"f:\", to: short_tiers}\n  - {to: tiers}\n";
  if (told) made += "invalidation:\n";
  if (options_.invalidation == "channel") made += "  - {redis: far, channel: \"tandem:invalidate\"}\n";
  if (options_.invalidation == "tracking") made += "  - {redis: far, tracking: true}\n";
  return made;
}

promises house::promised() const {
  if (options_.backend == "redis") return {};
  return {.replay = replay_us, .unseen = unseen_us};
}

std::map<std::string, unsigned> house::placed(std::vector<std::string> const& keys) const {
  test::temporary_directory const directory;
  std::string const file =
      directory.write("pool.yaml", pool(1, 2, timeout_s) + "routes:\n  - {to: near}\n").string();
  std::map<std::string, unsigned> made;
  for (std::string const& key : keys) {
    test::finished const said = test::run({TANDEM_BINARY, "explain", "--config", file, key});
    bool const first = said.output.find("127.0.0.1:1") != std::string::npos;
    bool const second = said.output.find("127.0.0.1:2") != std::string::npos;
    if (said.status != 0 || first == second) throw std::runtime_error("where is " + key + "? " + said.output);
    made[key] = first ? 0 : 1;
  }
  return made;
}

test::redis_reply house::direct(std::vector<std::string> const& words) {
  std::shared_lock const lock(master_mutex_);
  return test::redis_connection(redis_[master_].port()).command(words);
}

void house::delay(std::chrono::microseconds max) {
  for (auto const& each : l1_relays_) each->delay(max);
  for (auto const& each : l2_relays_) each->delay(max);
}

void house::cut_l1(unsigned process, unsigned server) {
  moment const start = now();
  l1(process, server).cut();
  outages_.push_back({process, server, start, now()});
}

void house::refuse_l1(unsigned process, unsigned server, std::chrono::milliseconds time) {
  moment const start = now();
  l1(process, server).refuse();
  pause(time);
  l1(process, server).listen();
  outages_.push_back({process, server, start, now()});
}

void house::restart_l1(unsigned server, std::chrono::milliseconds time) {
  moment const start = now();
  memcached_[server].kill();
  pause(time);
  memcached_[server].start();
  for (unsigned process = 0; process < processes; ++process)
    outages_.push_back({process, server, start, now()});
}

void house::cut_l2(unsigned process) { l2_relays_[process]->cut(); }

void house::refuse_l2(unsigned process, std::chrono::milliseconds time) {
  l2_relays_[process]->refuse();
  pause(time);
  l2_relays_[process]->listen();
}

void house::replicate() {
  unsigned const replica = 1 - master_;
  redis_[replica].command({"REPLICAOF", "127.0.0.1", std::to_string(redis_[master_].port())});
  if (!test::wait_until([this] { return has_replica(); }))
    throw std::runtime_error("the replica does not come");
}

bool house::has_replica() {
  return redis_[master_].command({"INFO", "replication"}).text.find("state=online") != std::string::npos;
}

// Until both ways lead to the new master, nobody can write there: so nothing that the old one tells meanwhile is
// out of date.
void house::fail_over() {
  if (!test::wait_until([this] { return has_replica(); }))
    throw std::runtime_error("no replica to fail over to");
  std::unique_lock const lock(master_mutex_);
  unsigned const next = 1 - master_;
  test::redis_reply const said =
      redis_[master_].command({"FAILOVER", "TO", "127.0.0.1", std::to_string(redis_[next].port())});
  if (said.is_error()) throw std::runtime_error("no failover: " + said.text);
  bool const over = test::wait_until([&] {
    auto const role = [&](unsigned which) { return redis_[which].command({"ROLE"}).elements[0].text; };
    return role(next) == "master" && role(master_) == "slave";
  });
  if (!over) throw std::runtime_error("the failover does not end");
  master_ = next;
  for (auto const& each : l2_relays_) each->refuse();
  for (auto const& each : l2_relays_) each->target(redis_[master_].port());
  for (auto const& each : l2_relays_) each->listen();
}

double house::metric(std::string_view name, std::string_view label) const {
  double sum = 0;
  for (auto const& each : tandems_) sum += each->metric(name, label);
  return sum;
}

void house::stop_tandems() {
  for (auto const& each : tandems_) each->stop();
}

}  // namespace tandem::consistency
