// A hashed timing wheel (Varghese and Lauck, 1987): arming and disarming a deadline is a list operation,
// whatever the number of deadlines. A deadline fires at most one tick late and never early. Pure: the reactor
// tells it the time.
#pragma once

#include "base/timer.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace tandem::net {

class deadline_wheel : private base::timekeeper {
 public:
  static constexpr base::duration tick = std::chrono::milliseconds(4);

  explicit deadline_wheel(base::time_point start) : position_(tick_of(start)) {}

  /// Arms `one` for `deadline`, in place of what it was armed for before.
  void arm(base::timer& one, base::time_point deadline);

  /// Fires what is due.
  void advance(base::time_point now);

  /// A moment by which advance() should be called next; none when nothing is armed.
  std::optional<base::time_point> next_wakeup() const;

 private:
  static constexpr std::size_t slot_count = 1024;

  static std::int64_t tick_of(base::time_point when) { return when.time_since_epoch() / tick; }
  base::timers& slot_at(std::int64_t at) { return slots_[static_cast<std::size_t>(at) % slot_count]; }

  std::array<base::timers, slot_count> slots_;
  std::int64_t position_;  // the last tick that was fired
};

}  // namespace tandem::net
