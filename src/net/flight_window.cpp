#include "net/flight_window.hpp"

#include <utility>

namespace tandem::net {

void flight_window::end_round(base::time_point now) {
  shortest_ = std::min(shortest_, fastest_);
  crowded_ |= wanted_;
  if (std::exchange(settling_, false)) {
    // Nothing is to be learnt.
  } else if (size_kept_ != 0) {
    resize(std::exchange(size_kept_, 0));
  } else if (!begin_period(now)) {
    judge();
  }
  round_began_ = now;
  fastest_ = base::duration::max();
  most_ = 0;
  wanted_ = false;
}

void flight_window::judge() {
  base::duration const idle = std::min(shortest_, shortest_before_);
  base::duration const target = 2 * idle + slack;
  if (fastest_ <= target) {
    late_ = 0;
    bool const soon = fastest_ <= idle + slack / 2;
    if (wanted_) resize(size_ + size_ / (soon ? 2 : 8));
  } else if (++late_ >= late_max) {
    // As many as there were answer in the time that they took.
    std::size_t const used = std::min(size_, most_);
    double const part = std::chrono::duration<double>(target) / std::chrono::duration<double>(fastest_);
    if (used > size_min)
      resize(std::max(static_cast<std::size_t>(static_cast<double>(used) * part), used / 4));
  }
}

bool flight_window::begin_period(base::time_point now) {
  if (now < period_ends_) return false;
  bool const first = std::exchange(period_ends_, now + period) == base::time_point();
  shortest_before_ = std::exchange(shortest_, base::duration::max());
  if (!std::exchange(crowded_, false) || first) return false;
  size_kept_ = std::exchange(size_, size_closed);
  settling_ = true;
  return true;
}

void flight_window::resize(std::size_t size) {
  size_ = std::clamp(size, size_min, size_max);
  settling_ = true;
}

}  // namespace tandem::net
