#include "net/deadline_wheel.hpp"

#include <algorithm>

namespace tandem::net {

void deadline_wheel::arm(base::timer& one, base::time_point deadline) {
  prepare(one, deadline);
  // Rounded up, so that nothing fires early; and past the present tick, which has been fired.
  std::int64_t const at = std::max(tick_of(deadline + tick - base::duration(1)), position_ + 1);
  slot_at(at).push_back(one);
}

void deadline_wheel::advance(base::time_point now) {
  std::int64_t const target = tick_of(now);
  if (target <= position_) return;
  base::timers due;
  std::int64_t const first = std::max(position_ + 1, target - static_cast<std::int64_t>(slot_count) + 1);
  for (std::int64_t at = first; at <= target; ++at) {
    base::timers& candidates = slot_at(at);
    for (auto each = candidates.begin(); each != candidates.end();) {
      base::timer& one = *each++;
      if (one.deadline() > now) continue;  // belongs to a later turn of the wheel
      one.unlink();
      due.push_back(one);
    }
  }
  position_ = target;
  while (!due.empty()) {
    fire(due.front());
  }
}

std::optional<base::time_point> deadline_wheel::next_wakeup() const {
  for (std::int64_t at = position_ + 1; at <= position_ + static_cast<std::int64_t>(slot_count); ++at) {
    if (slots_[static_cast<std::size_t>(at) % slot_count].empty()) continue;
    return base::time_point(tick * at);
  }
  return std::nullopt;
}

}  // namespace tandem::net
