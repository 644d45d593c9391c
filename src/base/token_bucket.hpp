// A rate with a burst: so many at once after a pause, and so many a second in the long run.
#pragma once

#include "base/clock.hpp"

#include <algorithm>

namespace tandem::base {

class token_bucket {
 public:
  /// Full at first.
  constexpr token_bucket(double burst, double per_second)
      : burst_(burst), per_second_(per_second), tokens_(burst) {}

  /// Takes one, if there is one `now`, which never goes back.
  bool take(time_point now) {
    double const passed = std::chrono::duration<double>(now - filled_).count();
    tokens_ = std::min(burst_, tokens_ + passed * per_second_);
    filled_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double burst_;
  double per_second_;
  double tokens_;
  time_point filled_{};
};

}  // namespace tandem::base
