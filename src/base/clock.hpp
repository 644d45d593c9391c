// Time, injected: the monotonic clock for deadlines and latencies, the wall clock for items that expire.
#pragma once

#include <chrono>
#include <cstdint>

namespace tandem::base {

using duration = std::chrono::nanoseconds;
using time_point = std::chrono::steady_clock::time_point;

class clock {
 public:
  virtual ~clock() = default;

  /// Monotonic.
  virtual time_point now() const = 0;

  /// Milliseconds since the Unix epoch.
  virtual std::int64_t unix_ms() const = 0;
};

/// The machine's own clocks.
class system_clock final : public clock {
 public:
  time_point now() const override { return std::chrono::steady_clock::now(); }
  std::int64_t unix_ms() const override {
    auto const since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
  }
};

/// Shows one moment for as long as it is held, so that what is handled together reads the source once. The wall clock
/// goes on.
class batch_clock final : public clock {
 public:
  explicit batch_clock(clock const& source) : source_(source) {}

  time_point now() const override { return held_ != time_point() ? held_ : source_.now(); }
  std::int64_t unix_ms() const override { return source_.unix_ms(); }

  /// The one that goes on meanwhile.
  clock const& source() const { return source_; }

  void hold() { held_ = source_.now(); }
  void release() { held_ = time_point(); }

 private:
  clock const& source_;
  time_point held_;
};

/// A clock that moves only when it is told to, for tests.
class manual_clock final : public clock {
 public:
  time_point now() const override { return time_point(elapsed_); }
  std::int64_t unix_ms() const override {
    return epoch_ms_ + std::chrono::duration_cast<std::chrono::milliseconds>(elapsed_).count();
  }
  void advance(duration by) { elapsed_ += by; }

 private:
  std::int64_t epoch_ms_ = 1'700'000'000'000;
  duration elapsed_ = std::chrono::hours(1);
};

}  // namespace tandem::base
