// The metrics of one kind that one worker owns, found by family and labels. They lie densely in cache
// lines of their own. References stay valid until the series is forgotten, if ever. The lock is held while the shelf's shape
// changes and while somebody looks at all of it; whoever counts never takes it.
#pragma once

#include "metrics/cache_line_allocator.hpp"
#include "metrics/series.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace tandem::metrics {

template <class Metric>
class shelf {
 public:
  Metric& find_or_make(family const& described, labels where) {
    std::lock_guard const lock(mutex_);
    auto const [found, made] = by_series_.try_emplace(series{&described, std::move(where)}, nullptr);
    if (made) found->second = &next();
    return *found->second;
  }

  /// Calls `see(series, metric)` for all that there is, ordered by series.
  template <class See>
  void each(See see) const {
    std::lock_guard const lock(mutex_);
    for (auto const& [what, metric] : by_series_) see(what, *metric);
  }

  /// The same for those of one family.
  template <class See>
  void each_of(family const& described, See see) const {
    std::lock_guard const lock(mutex_);
    auto at = by_series_.lower_bound(series{&described, {}});
    for (; at != by_series_.end() && at->first.described->name == described.name; ++at)
      see(at->first, *at->second);
  }

  /// Those of one family whose labels begin with `where`. Nobody may refer to their metrics any more.
  void forget(family const& described, labels const& where) {
    std::lock_guard const lock(mutex_);
    auto const begins = [&](series const& one) {
      return one.described->name == described.name && one.where.size() >= where.size() &&
             std::equal(where.begin(), where.end(), one.where.begin());
    };
    auto at = by_series_.lower_bound(series{&described, where});
    while (at != by_series_.end() && begins(at->first)) {
      free_.push_back(at->second);
      at = by_series_.erase(at);
    }
  }

  /// The same for those of all families but the `kept` ones.
  void forget_all(labels const& where, std::span<family const* const> kept) {
    std::lock_guard const lock(mutex_);
    for (auto at = by_series_.begin(); at != by_series_.end();) {
      series const& one = at->first;
      bool const begins = one.where.size() >= where.size() &&
                          std::equal(where.begin(), where.end(), one.where.begin()) &&
                          std::find(kept.begin(), kept.end(), one.described) == kept.end();
      if (begins) free_.push_back(at->second);
      at = begins ? by_series_.erase(at) : std::next(at);
    }
  }

 private:
  Metric& next() {
    if (free_.empty()) return metrics_.emplace_back();
    Metric* const used = free_.back();
    free_.pop_back();
    std::destroy_at(used);
    return *std::construct_at(used);
  }

  mutable std::mutex mutex_;
  std::deque<Metric, cache_line_allocator<Metric>> metrics_;
  std::vector<Metric*> free_;  // of series that were forgotten
  std::map<series, Metric*> by_series_;
};

}  // namespace tandem::metrics
