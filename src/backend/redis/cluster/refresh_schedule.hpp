// When to fetch the slot map: as soon as somebody wants it, but never twice at once, never sooner than a
// moment after the last time, and now and then on nobody's behalf. Without I/O.
//
// Order of calls: after each want() and finished(), look at due(); when that time has come, started(), and
// finished() when it is done.
#pragma once

#include "base/clock.hpp"

#include <algorithm>
#include <optional>

namespace tandem::backend::redis {

class refresh_schedule {
 public:
  static constexpr base::duration interval_min = std::chrono::milliseconds(100);
  static constexpr base::duration interval_max = std::chrono::seconds(60);

  void want() { wanted_ = true; }

  void started() {
    running_ = true;
    wanted_ = false;
  }

  /// `share` between 0 and 1, at random, keeps the workers apart.
  void finished(base::time_point now, double share) {
    running_ = false;
    last_ = now;
    period_ = interval_max - base::duration(static_cast<std::int64_t>(interval_jitter() * share));
  }

  /// When the next fetch is to start; none while one is under way, and before the first is wanted.
  std::optional<base::time_point> due() const {
    if (running_) return std::nullopt;
    if (!last_) return wanted_ ? std::optional(base::time_point::min()) : std::nullopt;
    return *last_ + (wanted_ ? interval_min : period_);
  }

 private:
  static constexpr double interval_jitter() { return static_cast<double>(interval_max.count()) / 5; }

  bool running_ = false;
  bool wanted_ = false;
  base::duration period_ = interval_max;
  std::optional<base::time_point> last_;
};

}  // namespace tandem::backend::redis
