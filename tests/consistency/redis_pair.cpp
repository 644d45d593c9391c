#include "consistency/far_side.hpp"
#include "consistency/history.hpp"
#include "support/redis_server.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <array>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <thread>

namespace tandem::consistency {
namespace {

std::vector<std::string> const prompt_replication{"--repl-diskless-sync-delay", "0"};

// The number behind this name in a master's or replica's account of its replication.
std::int64_t figure(test::redis_connection& asked, std::string const& name) {
  std::string const account = asked.command({"INFO", "replication"}).text;
  std::size_t const at = account.find(name + ":");
  return at == std::string::npos ? -1 : std::stoll(account.substr(at + name.size() + 1));
}

class redis_pair final : public far_side {
 public:
  explicit redis_pair(std::uint64_t seed)
      : redis_{test::redis_server(prompt_replication), test::redis_server(prompt_replication)} {
    replicate();
    for (unsigned process = 0; process < processes; ++process)
      relays_[process] = std::make_unique<relay>(redis_[master_].port(), seed + process);
  }

  std::string options(unsigned process) const override {
    return fmt::format("server: \"127.0.0.1:{}\"", relays_.at(process)->port());
  }

  test::redis_reply direct(std::string const& /*key*/, std::vector<std::string> const& words) override {
    std::shared_lock const lock(master_mutex_);
    return test::redis_connection(redis_.at(master_).port()).command(words);
  }

  void delay(std::chrono::microseconds max) override {
    for (auto const& each : relays_) each->delay(max);
  }

  void cut(unsigned process) override { relays_.at(process)->cut(); }

  void refuse(unsigned process, std::function<void()> const& meanwhile) override {
    relays_.at(process)->refuse();
    meanwhile();
    relays_.at(process)->listen();
  }

  void stall(unsigned process, std::chrono::milliseconds time) override {
    relays_.at(process)->hold();
    std::this_thread::sleep_for(time);
    relays_.at(process)->release();
  }

  // Until both ways lead to the new master, nobody can write there: so nothing that the old one tells meanwhile is
  // out of date.
  void fail_over() override {
    await_replica();
    std::unique_lock const lock(master_mutex_);
    unsigned const next = 1 - master_;
    test::redis_reply const said =
        redis_.at(master_).command({"FAILOVER", "TO", "127.0.0.1", std::to_string(redis_.at(next).port())});
    if (said.is_error()) throw std::runtime_error("no failover: " + said.text);
    bool const over = test::wait_until(
        [&] {
          auto const role = [&](unsigned which) {
            return redis_.at(which).command({"ROLE"}).elements[0].text;
          };
          return role(next) == "master" && role(master_) == "slave";
        },
        std::chrono::seconds(60));
    if (!over) throw std::runtime_error("the failover does not end");
    lead_to(next);
  }

  void lose_master() override {
    await_replica();
    {
      std::unique_lock const lock(master_mutex_);
      unsigned const next = 1 - master_;
      hold_writes(redis_.at(master_).port(), redis_.at(next).port());
      redis_.at(master_).kill();
      redis_.at(next).command({"REPLICAOF", "NO", "ONE"});
      lead_to(next);
    }
    redis_.at(1 - master_).start();
    replicate();
  }

 private:
  void lead_to(unsigned next) {
    master_ = next;
    for (auto const& each : relays_) each->refuse();
    for (auto const& each : relays_) each->target(redis_.at(master_).port());
    for (auto const& each : relays_) each->listen();
  }

  void replicate() {
    redis_.at(1 - master_).command({"REPLICAOF", "127.0.0.1", std::to_string(redis_.at(master_).port())});
    await_replica();
  }

  void await_replica() {
    bool const there = test::wait_until([this] {
      std::string const account = redis_.at(master_).command({"INFO", "replication"}).text;
      return account.find("state=online") != std::string::npos;
    });
    if (!there) throw std::runtime_error("the replica does not come");
  }

  std::array<test::redis_server, 2> redis_;
  std::shared_mutex master_mutex_;  // exclusive while the master changes
  unsigned master_ = 0;
  std::array<std::unique_ptr<relay>, processes> relays_;
};

}  // namespace

std::unique_ptr<far_side> make_redis_pair(std::uint64_t seed) { return std::make_unique<redis_pair>(seed); }

void hold_writes(std::uint16_t master, std::uint16_t replica) {
  test::redis_connection from(master);
  test::redis_connection to(replica);
  from.command({"CLIENT", "PAUSE", "60000", "WRITE"});
  std::int64_t const written = figure(from, "master_repl_offset");
  bool const has_all = test::wait_until([&] { return figure(to, "slave_repl_offset") >= written; });
  if (written < 0 || !has_all) throw std::runtime_error("the replica does not follow");
}

}  // namespace tandem::consistency
