// For log lines that something may call for as often as it likes: lets the first through, and the next a second later,
// whoever of several threads has it.
#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <chrono>

namespace tandem::base {

class once_a_second {
 public:
  bool claim(time_point now) {
    time_point::rep due = next_.load(std::memory_order_relaxed);
    if (now.time_since_epoch().count() < due) return false;
    time_point const later = now + std::chrono::seconds(1);
    return next_.compare_exchange_strong(due, later.time_since_epoch().count(), std::memory_order_relaxed);
  }

 private:
  std::atomic<time_point::rep> next_{time_point::min().time_since_epoch().count()};
};

}  // namespace tandem::base
