#include "net/flight_window.hpp"

#include <utility>

namespace tandem::net {

void flight_window::begin_anew() {
  std::size_t const size = size_kept_ != 0 ? size_kept_ : size_;
  *this = flight_window();
  size_ = size;
}

void flight_window::end_round(base::time_point now) {
  if (fastest_ - fastest_ / 5 - slack / 8 <= shortest_) {
    shortest_ = std::min(shortest_, fastest_);
    confirmed_ = now;
    crowded_ = false;
  }
  if (std::exchange(settling_, false)) {
    // Nothing is to be learnt.
  } else if (size_kept_ != 0) {
    shortest_ = fastest_;
    confirmed_ = now;
    crowded_ = false;
    resize(std::exchange(size_kept_, 0));
  } else {
    crowded_ |= wanted_;
    judge(now);
  }
  round_began_ = now;
  fastest_ = base::duration::max();
  most_ = 0;
  wanted_ = false;
}

void flight_window::judge(base::time_point now) {
  base::duration const target = 2 * shortest_ + slack;
  if (fastest_ <= target) {
    late_ = 0;
    if (crowded_ && now - confirmed_ >= period) return close(now);
    bool const soon = fastest_ <= shortest_ + slack / 2;
    if (wanted_) resize(size_ + size_ / (soon ? 2 : 8));
    return;
  }
  if (++late_ < late_max) return;
  std::size_t const used = std::min(size_, most_);
  if (used > size_min) {
    // As many as there were answer in the time that they took.
    double const part = std::chrono::duration<double>(target) / std::chrono::duration<double>(fastest_);
    resize(std::max(static_cast<std::size_t>(static_cast<double>(used) * part), used / 4));
  } else if (wanted_) {
    close(now);
  }
}

void flight_window::close(base::time_point now) {
  size_kept_ = std::exchange(size_, std::max<std::size_t>(size_ / closed_part, 1));
  settling_ = true;
  late_ = 0;
  confirmed_ = now;
}

void flight_window::resize(std::size_t size) {
  size_ = std::clamp(size, size_min, size_max);
  settling_ = true;
}

}  // namespace tandem::net
