// The instruments of one kind that one worker owns, found by family and labels. They lie densely in cache
// lines of their own. References stay valid until the figure is forgotten, if ever. The lock is held while the shelf's shape
// changes and while somebody looks at all of it; whoever counts never takes it.
#pragma once

#include "metrics/cache_line_allocator.hpp"
#include "metrics/figure.hpp"

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

template <class Instrument>
class shelf {
 public:
  Instrument& find_or_make(family const& described, labels where) {
    std::lock_guard const lock(mutex_);
    auto const [place, made] = by_figure_.try_emplace(figure{&described, std::move(where)}, nullptr);
    if (made) place->second = &next();
    return *place->second;
  }

  /// Calls `see(figure, instrument)` for all that there is, ordered by figure.
  template <class See>
  void each(See see) const {
    std::lock_guard const lock(mutex_);
    for (auto const& [what, instrument] : by_figure_) see(what, *instrument);
  }

  /// The same for those of one family.
  template <class See>
  void each_of(family const& described, See see) const {
    std::lock_guard const lock(mutex_);
    auto place = by_figure_.lower_bound(figure{&described, {}});
    for (; place != by_figure_.end() && place->first.described->name == described.name; ++place)
      see(place->first, *place->second);
  }

  /// Those of one family whose labels begin with `where`. Nobody may refer to their instruments any more.
  void forget(family const& described, labels const& where) {
    std::lock_guard const lock(mutex_);
    auto const begins = [&](figure const& one) {
      return one.described->name == described.name && one.where.size() >= where.size() &&
             std::equal(where.begin(), where.end(), one.where.begin());
    };
    auto place = by_figure_.lower_bound(figure{&described, where});
    while (place != by_figure_.end() && begins(place->first)) {
      free_.push_back(place->second);
      place = by_figure_.erase(place);
    }
  }

  /// The same for those of all families but the `kept` ones.
  void forget_all(labels const& where, std::span<family const* const> kept) {
    std::lock_guard const lock(mutex_);
    for (auto place = by_figure_.begin(); place != by_figure_.end();) {
      figure const& one = place->first;
      bool const begins = one.where.size() >= where.size() &&
                          std::equal(where.begin(), where.end(), one.where.begin()) &&
                          std::find(kept.begin(), kept.end(), one.described) == kept.end();
      if (begins) free_.push_back(place->second);
      place = begins ? by_figure_.erase(place) : std::next(place);
    }
  }

 private:
  Instrument& next() {
    if (free_.empty()) return instruments_.emplace_back();
    Instrument* const used = free_.back();
    free_.pop_back();
    std::destroy_at(used);
    return *std::construct_at(used);
  }

  mutable std::mutex mutex_;
  std::deque<Instrument, cache_line_allocator<Instrument>> instruments_;
  std::vector<Instrument*> free_;  // of figures that were forgotten
  std::map<figure, Instrument*> by_figure_;
};

}  // namespace tandem::metrics
