// When a server last did what it was asked, for the process as a whole: whoever was refused looks here for somebody who
// has fared better since. By a number that says what was asked, whose meaning is up to those who share the server's kind.
// Process-wide, without a lock; noted only while somebody watches.
#pragma once

#include "base/clock.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tandem::net {

class successes {
 public:
  static constexpr std::size_t kinds_max = 32;

  /// Something of `kind`, less than kinds_max, was done at `now`.
  void note(std::size_t kind, base::time_point now) {
    last_[kind].store(now.time_since_epoch().count(), std::memory_order_relaxed);
  }

  /// The epoch, if it never was.
  base::time_point last(std::size_t kind) const {
    return base::time_point(base::duration(last_[kind].load(std::memory_order_relaxed)));
  }

  void watch() { watchers_.fetch_add(1, std::memory_order_relaxed); }
  void unwatch() { watchers_.fetch_sub(1, std::memory_order_relaxed); }
  bool watched() const { return watchers_.load(std::memory_order_relaxed) > 0; }

 private:
  std::array<std::atomic<base::duration::rep>, kinds_max> last_{};
  std::atomic<std::size_t> watchers_{0};
};

}  // namespace tandem::net
