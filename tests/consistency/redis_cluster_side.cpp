#include "consistency/far_side.hpp"
#include "support/dice.hpp"
#include "support/redis_cluster.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>

namespace tandem::consistency {
namespace {

using cluster = test::redis_cluster;

constexpr unsigned slots = 16384;

unsigned shard_of(unsigned slot) { return (slot * cluster::masters + cluster::masters - 1) / slots; }
unsigned a_slot_of(unsigned shard) { return (2 * shard + 1) * slots / (2 * cluster::masters); }

class redis_cluster_side final : public far_side {
 public:
  explicit redis_cluster_side(std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < cluster::nodes; ++i) {
      relays_[i] = std::make_unique<relay>(cluster_.node(i).port(), seed + i);
      cluster_.announce(i, relays_[i]->port());
    }
    for (unsigned shard = 0; shard < cluster::masters; ++shard) masters_[shard] = shard;
  }

  std::string options(unsigned /*process*/) const override {
    std::string made;
    for (auto const& each : relays_)
      made += fmt::format("{}\"127.0.0.1:{}\"", made.empty() ? "" : ", ", each->port());
    return "cluster: [" + made + "]";
  }

  // Who asks a node that is no master any more is told so, as an error.
  test::redis_reply direct(std::string const& key, std::vector<std::string> const& words) override {
    std::size_t const master = masters_.at(shard_of(test::slot_of(key)));
    return test::redis_connection(ports_.at(master)).command(words);
  }

  void delay(std::chrono::microseconds max) override {
    for (auto const& each : relays_) each->delay(max);
  }

  void cut(unsigned /*process*/) override { relays_.at(masters_.at(any_shard()))->cut(); }

  void refuse(unsigned /*process*/, std::function<void()> const& meanwhile) override {
    relay& there = *relays_.at(masters_.at(any_shard()));
    there.refuse();
    meanwhile();
    there.listen();
  }

  void stall(unsigned /*process*/, std::chrono::milliseconds time) override {
    relay& there = *relays_.at(masters_.at(any_shard()));
    there.hold();
    std::this_thread::sleep_for(time);
    there.release();
  }

  void fail_over() override {
    unsigned const shard = any_shard();
    std::size_t const next = replica_of(shard);
    await_replica(shard);
    // The old master gives it up after five seconds, which a busy machine can take for an election; nothing has changed then.
    bool over = false;
    for (int tries = 0; tries < 5 && !over; ++tries) {
      test::redis_reply const said = cluster_.node(next).command({"CLUSTER", "FAILOVER"});
      if (said.is_error() && role(next) != "master") throw std::runtime_error("no failover: " + said.text);
      over = test::wait_until([&] {
        return role(next) == "master" && role(masters_.at(shard)) == "slave" &&
               cluster_.master_of(a_slot_of(shard)) == next;
      });
    }
    if (!over) throw std::runtime_error("the failover does not end");
    masters_.at(shard) = next;
  }

  void lose_master() override {
    unsigned const shard = any_shard();
    std::size_t const lost = masters_.at(shard);
    std::size_t const next = replica_of(shard);
    await_replica(shard);
    hold_writes(ports_.at(lost), ports_.at(next));
    cluster_.fail_over(a_slot_of(shard));
    masters_.at(shard) = next;
    cluster_.node(lost).start();
    cluster_.announce(lost, relays_.at(lost)->port());
    await_replica(shard);
  }

 private:
  unsigned any_shard() { return static_cast<unsigned>(random_.below(cluster::masters)); }

  // Nodes i and i + masters share a shard for good.
  std::size_t replica_of(unsigned shard) const {
    return masters_.at(shard) == shard ? shard + cluster::masters : shard;
  }

  std::string role(std::size_t node) { return cluster_.node(node).command({"ROLE"}).elements[0].text; }

  void await_replica(unsigned shard) {
    bool const there = test::wait_until(
        [&] {
          std::string const account = cluster_.node(replica_of(shard)).command({"INFO", "replication"}).text;
          return account.find("master_link_status:up") != std::string::npos && cluster_.healthy();
        },
        std::chrono::seconds(30));
    if (!there) throw std::runtime_error("the replica does not come");
  }

  std::array<std::uint16_t, cluster::nodes> ports() {
    std::array<std::uint16_t, cluster::nodes> made{};
    for (std::size_t i = 0; i < cluster::nodes; ++i) made.at(i) = cluster_.node(i).port();
    return made;
  }

  test::dice random_;
  cluster cluster_;
  std::array<std::uint16_t, cluster::nodes> const ports_ = ports();
  std::array<std::unique_ptr<relay>, cluster::nodes> relays_;
  std::array<std::atomic<std::size_t>, cluster::masters> masters_{};
};

}  // namespace

std::unique_ptr<far_side> make_redis_cluster(std::uint64_t seed) {
  return std::make_unique<redis_cluster_side>(seed);
}

}  // namespace tandem::consistency
