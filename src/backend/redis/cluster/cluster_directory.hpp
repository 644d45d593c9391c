// The directory of a Redis Cluster: keeps the slot map, fetched from any node that answers (after MOVED,
// after failures, and once a minute), and the nodes that it names. Nodes that left the cluster are dropped
// once nobody uses them.
#pragma once

#include "backend/redis/cluster/refresh_schedule.hpp"
#include "backend/redis/cluster/slot_map.hpp"
#include "backend/redis/directory.hpp"
#include "backend/redis/replicas/replica_group.hpp"
#include "base/background_tasks.hpp"

#include <map>
#include <random>

namespace tandem::backend::redis {

class cluster_directory final : public directory {
 public:
  explicit cluster_directory(node_settings shared);

  node_pointer node_for(std::string_view key) override;
  std::string trouble() const override { return trouble_; }
  node_pointer replica_for(std::string_view key, std::uint32_t random) override;
  std::string trouble_of_replicas(std::string_view key) override;
  node_pointer node_at(net::endpoint const& where) override;
  void moved(std::uint16_t slot, net::endpoint const& where) override;
  void suspect() override;
  base::task<std::vector<node_pointer>> masters(base::time_point deadline) override;
  void explain(std::string_view key, model::explanation& where) override;

 private:
  struct known_node {
    node_pointer pointer;
    bool listed = true;  // in the configuration or in the present slot map
  };

  class alarm final : public base::timer {
   public:
    using action = void (cluster_directory::*)();
    alarm(cluster_directory& owner, action what) : owner_(owner), what_(what) {}

   private:
    void on_deadline() override { (owner_.*what_)(); }
    cluster_directory& owner_;
    action const what_;
  };

  void arm_timer();
  void start_refresh();
  base::task<void> refresh();
  base::task<std::string> fetch();  // gives what went wrong
  void refreshed(std::string trouble);
  std::vector<node_pointer> candidates();
  void adopt(slot_map&& fetched);
  void drop_unlisted();
  void group_replicas();
  replica_group* group_for(std::string_view key);

  node_settings const shared_;
  metrics::counter& refreshes_;
  std::minstd_rand random_;
  refresh_schedule schedule_;
  alarm alarm_{*this, &cluster_directory::start_refresh};
  alarm leaving_{*this, &cluster_directory::drop_unlisted};
  slot_map slots_;
  std::vector<node_pointer> masters_;  // by the slot map's index
  std::vector<std::unique_ptr<replica_group>>
      groups_;                               // of each master in the last whole map, if replicas are read
  base::time_point look_for_replicas_{};     // not before
  std::map<std::string, known_node> nodes_;  // by address
  std::string trouble_;                      // why the last fetch failed, or the first has not succeeded
  base::background_tasks refreshing_{1};
};

}  // namespace tandem::backend::redis
