// Watches the Sentinels of one backend and keeps its master_belief: asks each of them now and then and when something gives
// reason to (council.hpp says when, and what is believed), and listens to each for +switch-master. On one thread of the
// process, for all workers.
//
// Each Sentinel has two connections: what is subscribed to takes no questions. At a switch, the belief changes first, so that
// no worker asks the demoted one any more; then everything that copies were made of counts as changed.
#pragma once

#include "backend/redis/codec.hpp"
#include "backend/redis/invalidation/subscription_link.hpp"
#include "backend/redis/node.hpp"
#include "backend/redis/sentinel/council.hpp"
#include "backend/redis/sentinel/master_belief.hpp"
#include "base/background_tasks.hpp"
#include "model/invalidation.hpp"
#include "net/pipeline.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tandem::backend::redis {

class sentinel_watch final : private subscription_link::owner, private base::timer {
 public:
  /// Connects at once. `settings` are the backend's, with its belief. `sink` is told of everything at a switch, on the
  /// reactor's thread, when no worker takes answers of the demoted master any more.
  sentinel_watch(node_settings settings, model::invalidation_sink& sink);
  ~sentinel_watch() override;

 private:
  struct sentinel;

  void on_message(std::string_view message) override;
  void on_changed(std::span<protocol::redis::reply const>) override {}
  void on_all_changed() override {}
  void on_link() override;
  bool in_doubt() const override { return !council_.believed(); }
  void on_deadline() override;

  void doubt();
  void arm_timer();
  base::task<void> ask(std::size_t which);
  void decided(std::optional<council::change> const& made);
  void follow_replicas(std::vector<net::endpoint> found);
  void tell_trouble();

  node_settings const settings_;   // the backend's
  node_settings const sentinels_;  // what all Sentinels have in common
  master_belief& belief_;
  model::invalidation_sink& sink_;
  metrics::counter& switches_;
  council council_;
  bool deaf_ = false;         // and the log says so
  std::size_t standing_ = 0;  // subscriptions
  std::vector<std::unique_ptr<sentinel>> all_;
  master_belief::listener hears_;
  base::background_tasks asking_;
};

}  // namespace tandem::backend::redis
