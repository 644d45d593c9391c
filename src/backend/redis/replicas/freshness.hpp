// How old what the replicas of one master tell may be. Without I/O.
//
// The master is asked how far it is, again and again; a replica that has come at least as far as the master was at some
// moment tells nothing that is older than that moment. So a bound is kept whether or not the master has anything to
// write, and however busy a replica is; it ends when the master does not answer any more.
#pragma once

#include "backend/redis/replicas/replication_report.hpp"
#include "base/clock.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace tandem::backend::redis {

/// How far the master was, and when.
class master_progress {
 public:
  explicit master_progress(base::duration lag_max) : lag_max_(lag_max) {}

  /// `asked` is when the question was sent.
  void reported(replication_report const& master, base::time_point asked);

  /// As of when the replica knows all; none if that is further back than a replica may lag, or it is of another history.
  std::optional<base::time_point> fresh_as_of(replication_report const& replica) const;

 private:
  struct moment {
    base::time_point when;
    std::uint64_t offset;
  };

  base::duration const lag_max_;
  std::string history_;
  std::deque<moment> moments_;  // the newest last
};

/// What is known of one replica.
class replica_freshness {
 public:
  explicit replica_freshness(base::duration lag_max) : lag_max_(lag_max) {}

  void reported(replication_report const& replica, master_progress const& master);
  void failed(std::string why);

  bool is_fresh(base::time_point now) const { return as_of_ && now - *as_of_ <= lag_max_; }

  /// Whether anything was heard, be it a failure.
  bool asked() const { return asked_; }

  /// Why it is not fresh, in words.
  std::string const& trouble() const { return trouble_; }

 private:
  base::duration const lag_max_;
  bool asked_ = false;
  std::optional<base::time_point> as_of_;
  std::string trouble_ = "not asked yet";
};

}  // namespace tandem::backend::redis
