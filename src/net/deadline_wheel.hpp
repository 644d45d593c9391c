// A hashed timing wheel (Varghese and Lauck, 1987): arming and disarming a deadline is a list operation,
// whatever the number of deadlines. A deadline fires at most one tick late and never early. Pure: the reactor
// tells it the time.
#pragma once

#include "base/clock.hpp"

#include <boost/intrusive/list.hpp>

#include <array>
#include <cstddef>
#include <optional>

namespace tandem::net {

class deadline_wheel {
 public:
  static constexpr base::duration tick = std::chrono::milliseconds(4);

  /// Derive from it to be told. Destroying a timer disarms it.
  class timer
      : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    bool armed() const { return is_linked(); }
    void disarm() {
      if (is_linked()) unlink();
    }

   protected:
    timer() = default;
    timer(timer const&) = delete;
    timer& operator=(timer const&) = delete;
    virtual ~timer() = default;

   private:
    friend class deadline_wheel;

    /// The deadline has passed; the timer is disarmed. May arm it again, and arm or destroy any other.
    virtual void on_deadline() = 0;

    base::time_point deadline_{};
  };

  explicit deadline_wheel(base::time_point start) : position_(tick_of(start)) {}

  /// Arms `one` for `deadline`, in place of what it was armed for before.
  void arm(timer& one, base::time_point deadline);

  /// Fires what is due.
  void advance(base::time_point now);

  /// A moment by which advance() should be called next; none when nothing is armed.
  std::optional<base::time_point> next_wakeup() const;

 private:
  using slot = boost::intrusive::list<timer, boost::intrusive::constant_time_size<false>>;
  static constexpr std::size_t slot_count = 1024;

  static std::int64_t tick_of(base::time_point when) { return when.time_since_epoch() / tick; }
  slot& slot_at(std::int64_t at) { return slots_[static_cast<std::size_t>(at) % slot_count]; }

  std::array<slot, slot_count> slots_;
  std::int64_t position_;  // the last tick that was fired
};

}  // namespace tandem::net
