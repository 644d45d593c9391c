// Whether the first of a failover answers, for the process as a whole: many requests of many workers see it fail,
// and the log is to say once that others stand in for it, and why, and once that they do no more. It does again when it has
// answered and nobody has seen it fail for a while, so that one which fails now and then does not fill the log. It knows, too, for
// how long stand-ins may have what was written to them. Process-wide and
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

  /// Whom others stand in for.
  enum class first : std::uint8_t { backend, servers_of_pool };

  explicit stand_in_watch(std::string name, first whom = first::backend, log say = base::log_line)
      : name_(std::move(name)), whom_(whom), say_(std::move(say)) {}

  /// `why` in the words of the first's answer.
  void failed(base::time_point now, std::string_view why) {
    last_failure_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    if (standing_in_.load(std::memory_order_relaxed) || standing_in_.exchange(true)) return;
    say_(base::log_level::warning, fmt::format("backend {}: others stand in for {}: {}", name_,
                                               is_pool() ? "servers that fail" : "its first", why));
  }

  void answered(base::time_point now) {
    if (!standing_in_.load(std::memory_order_relaxed)) return;
    base::duration const since(now.time_since_epoch().count() -
                               last_failure_.load(std::memory_order_relaxed));
    if (since < calm || !standing_in_.exchange(false)) return;
    say_(base::log_level::info, fmt::format("backend {}: {}", name_,
                                            is_pool() ? "no server has failed lately, nobody stands in"
                                                      : "its first answers again"));
  }

  /// A stand-in is told to store what may last until then.
  void stored_until(base::time_point end) {
    base::time_point::rep last = stored_until_.load(std::memory_order_relaxed);
    base::time_point::rep const until = end.time_since_epoch().count();
    while (last < until && !stored_until_.compare_exchange_weak(last, until)) {
    }
  }

  /// Whether any stand-in may have what was stored there.
  bool may_have_some(base::time_point now) const {
    return now.time_since_epoch().count() < stored_until_.load(std::memory_order_relaxed);
  }

 private:
  bool is_pool() const { return whom_ == first::servers_of_pool; }

  std::string const name_;
  first const whom_;
  log const say_;
  std::atomic<base::time_point::rep> last_failure_{0};
  std::atomic<base::time_point::rep> stored_until_{0};
  std::atomic<bool> standing_in_{false};
};

}  // namespace tandem::routing
