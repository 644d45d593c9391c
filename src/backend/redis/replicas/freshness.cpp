#include "backend/redis/replicas/freshness.hpp"

#include <algorithm>
#include <utility>

namespace tandem::backend::redis {
namespace {

/// More would not make the answer finer: so many within the time that a replica may lag.
constexpr std::size_t moments_max = 64;

}  // namespace

void master_progress::reported(replication_report const& master, base::time_point asked) {
  bool const of_one = !master.replica && master.history == history_;
  if (!of_one || (!moments_.empty() && master.offset < moments_.back().offset)) moments_.clear();
  history_ = master.replica ? std::string() : master.history;
  if (master.replica) return;
  std::erase_if(moments_, [&](moment const& each) { return asked - each.when > lag_max_; });
  if (moments_.size() == moments_max) moments_.pop_front();
  moments_.push_back({asked, master.offset});
}

std::optional<base::time_point> master_progress::fresh_as_of(replication_report const& replica) const {
  if (replica.history != history_) return std::nullopt;
  auto const found = std::find_if(moments_.rbegin(), moments_.rend(),
                                  [&](moment const& each) { return each.offset <= replica.offset; });
  return found == moments_.rend() ? std::nullopt : std::optional(found->when);
}

void replica_freshness::reported(replication_report const& replica, master_progress const& master) {
  asked_ = true;
  if (!replica.replica) {
    as_of_.reset();
    trouble_ = "it is no replica";
    return;
  }
  if (!replica.linked) {
    as_of_.reset();
    trouble_ = "it does not hear its master";
    return;
  }
  // What it knew before it still knows.
  auto const now_as_of = master.fresh_as_of(replica);
  if (now_as_of) as_of_ = std::max(as_of_.value_or(*now_as_of), *now_as_of);
  trouble_ = "it lags behind for longer than max_lag";
}

void replica_freshness::failed(std::string why) {
  asked_ = true;
  trouble_ = std::move(why);
}

}  // namespace tandem::backend::redis
