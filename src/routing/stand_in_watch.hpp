// Whether the first backend of a failover answers, for the process as a whole: many requests of many workers see it fail,
// and the log is to say once that others stand in for it, and why, and once that they do no more. It does again when it has
// answered and nobody has seen it fail for a while, so that one which fails now and then does not fill the log. Process-wide and
// thread-safe, without a lock; owned by whoever keeps what is kept by a backend's name.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::routing {

class stand_in_watch {
 public:
  using log = std::function<void(base::log_level, std::string_view line)>;

  /// How long nobody must have seen it fail.
  static constexpr std::chrono::seconds calm{5};

  explicit stand_in_watch(std::string name, log say = base::log_line)
      : name_(std::move(name)), say_(std::move(say)) {}

  /// `why` in the words of the first's answer.
  void failed(base::time_point now, std::string_view why) {
    last_failure_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    if (standing_in_.load(std::memory_order_relaxed) || standing_in_.exchange(true)) return;
    say_(base::log_level::warning, fmt::format("backend {}: others stand in for its first: {}", name_, why));
  }

  void answered(base::time_point now) {
    if (!standing_in_.load(std::memory_order_relaxed)) return;
    base::duration const since(now.time_since_epoch().count() -
                               last_failure_.load(std::memory_order_relaxed));
    if (since < calm || !standing_in_.exchange(false)) return;
    say_(base::log_level::info, fmt::format("backend {}: its first answers again", name_));
  }

 private:
  std::string const name_;
  log const say_;
  std::atomic<base::time_point::rep> last_failure_{0};
  std::atomic<bool> standing_in_{false};
};

}  // namespace tandem::routing
