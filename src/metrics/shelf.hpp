// The instruments of one kind that one worker owns, found by family and labels. They lie densely in cache
// lines of their own. Nothing is ever removed: references and entries stay valid as long as the shelf, so the
// lock is held only while its shape changes or is copied, never while figures are read or written.
#pragma once

#include "metrics/cache_line_allocator.hpp"
#include "metrics/figure.hpp"

#include <deque>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace tandem::metrics {

template <class Instrument>
class shelf {
 public:
  using entry = std::pair<figure const, Instrument*>;

  Instrument& find_or_make(family const& described, labels where) {
    std::lock_guard const lock(mutex_);
    auto const [place, made] = by_figure_.try_emplace(figure{&described, std::move(where)}, nullptr);
    if (made) place->second = &instruments_.emplace_back();
    return *place->second;
  }

  /// All that there is now, ordered by figure.
  std::vector<entry const*> entries() const {
    std::lock_guard const lock(mutex_);
    std::vector<entry const*> all;
    all.reserve(by_figure_.size());
    for (entry const& one : by_figure_) all.push_back(&one);
    return all;
  }

  /// Those of one family.
  std::vector<entry const*> entries_of(family const& described) const {
    std::lock_guard const lock(mutex_);
    std::vector<entry const*> some;
    auto place = by_figure_.lower_bound(figure{&described, {}});
    for (; place != by_figure_.end() && place->first.described->name == described.name; ++place)
      some.push_back(&*place);
    return some;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Instrument, cache_line_allocator<Instrument>> instruments_;
  std::map<figure, Instrument*> by_figure_;
};

}  // namespace tandem::metrics
