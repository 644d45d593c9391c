// The directory of a Redis whose master Sentinels name: the present master has every key, and so have its replicas. Who that is the process believes
// (master_belief.hpp); each worker looks before each request and at each answer. At a switch the connections to the demoted
// one are given up: what is under way there fails as if they were lost, and goes to the new one by the usual rules.
#pragma once

#include "backend/redis/directory.hpp"
#include "backend/redis/replicas/replica_group.hpp"
#include "backend/redis/sentinel/master_belief.hpp"

#include <memory>
#include <vector>

namespace tandem::backend::redis {

class sentinel_directory final : public directory, private base::timer {
 public:
  /// `shared.master` is there.
  explicit sentinel_directory(node_settings shared);

  node_pointer node_for(std::string_view key) override;
  std::string trouble() const override;
  node_pointer replica_for(std::string_view key, std::uint32_t random) override;
  std::string trouble_of_replicas(std::string_view key) override;
  node_pointer node_at(net::endpoint const& where) override;
  void moved(std::uint16_t, net::endpoint const&) override {}
  void suspect() override { belief_->suspect(); }
  bool serves(redis::node const& one) override;
  base::task<std::vector<node_pointer>> masters(base::time_point deadline) override;
  void explain(std::string_view key, model::explanation& where) override;

 private:
  void on_deadline() override;
  void catch_up();

  node_settings const shared_;
  std::shared_ptr<master_belief> const belief_;
  std::uint64_t seen_ = 0;  // which version of it
  node_pointer master_;
  std::unique_ptr<replica_group> group_;  // if replicas are read
  std::vector<node_pointer> demoted_;     // whose connections are to be given up
  master_belief::listener hears_;
};

}  // namespace tandem::backend::redis
