// Whether L2 of two tiers fails or is slow, as those see it who are answered what is old in L1 (`stale_for`), for the process
// as a whole: the log is to say once that old items are answered, and why, and once that they are no more. They are no more when
// L2 has answered and nobody has seen it in trouble for a while, so that an L2 which fails now and then does not fill the
// log. Process-wide and thread-safe, without a lock; owned by whoever keeps what is kept by a backend's name.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::tier {

class stale_watch {
 public:
  using log = std::function<void(base::log_level, std::string_view line)>;

  /// For how long nobody must have seen it in trouble.
  static constexpr std::chrono::seconds calm{5};

  /// For how long what one has seen is true for others.
  static constexpr std::chrono::seconds memory{1};

  explicit stale_watch(std::string name, log say = base::log_line)
      : name_(std::move(name)), say_(std::move(say)) {}

  /// Somebody is answered an old item, since L2 "is slow", or "fails: " with what it said.
  void in_trouble(base::time_point now, std::string_view why, std::string_view said = {}) {
    last_trouble_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    if (answers_.load(std::memory_order_relaxed) || answers_.exchange(true)) return;
    say_(base::log_level::warning,
         fmt::format("backend {}: what is old in L1 is answered, since L2 {}{}", name_, why, said));
  }

  /// L2 has answered somebody who would have been answered an old item.
  void answered(base::time_point now) {
    if (!answers_.load(std::memory_order_relaxed)) return;
    if (since_trouble(now) < calm || !answers_.exchange(false)) return;
    say_(base::log_level::info,
         fmt::format("backend {}: L2 answers again, and nothing that is old in L1 is answered", name_));
  }

  /// Whether L2 has been seen in trouble just now.
  bool lately(base::time_point now) const {
    return answers_.load(std::memory_order_relaxed) && since_trouble(now) < memory;
  }

 private:
  base::duration since_trouble(base::time_point now) const {
    return base::duration(now.time_since_epoch().count() - last_trouble_.load(std::memory_order_relaxed));
  }

  std::string const name_;
  log const say_;
  std::atomic<base::time_point::rep> last_trouble_{0};
  std::atomic<bool> answers_{false};
};

}  // namespace tandem::tier
