// The replicas of one master as one worker knows them: connections that only read, how far each is, and which of them may
// answer. Asks the master and each replica for INFO replication, several times within the time that a replica may lag,
// and more seldom than every second only if nobody reads.
#pragma once

#include "backend/redis/node.hpp"
#include "backend/redis/replicas/freshness.hpp"
#include "base/background_tasks.hpp"
#include "net/watched_server.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tandem::backend::redis {

using node_pointer = std::shared_ptr<node>;

class replica_group final : private base::timer {
 public:
  /// `shared` outlives it.
  replica_group(node_settings const& shared, node_pointer master, std::vector<net::endpoint> const& replicas);
  ~replica_group() override;

  /// One that may be read; none if there is none. Where reads go by zone, the master comes before replicas that are in another zone than
  /// it and this process. `random` is uniform over all values.
  node_pointer pick(std::uint32_t random) const;

  /// Whether each has been asked, so that there being none is more than a beginning.
  bool settled() const;

  /// Why there is none, in words.
  std::string trouble() const;

  bool has(redis::node const& one) const;

  /// Whether it is of these.
  bool is_of(node_pointer const& master, std::vector<net::endpoint> const& replicas) const;

 private:
  struct member;
  using members = std::vector<std::unique_ptr<member>>;

  void on_deadline() override;
  base::task<void> ask_master();
  base::task<void> ask(member& one);
  base::task<base::result<replication_report>> report_of(redis::node& one);
  void judge(member& one);
  template <class Members>
  node_pointer one_of(Members const& candidates, std::uint32_t random) const;

  node_settings const& shared_;
  node_pointer const master_;
  master_progress progress_;
  bool asking_master_ = false;
  members members_;
  std::vector<member*> near_;  // those in the zone of this process, if reads go by that
  base::background_tasks asking_;
};

}  // namespace tandem::backend::redis
