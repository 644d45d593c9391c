// Who is told when a moment has come: an executor arms it (executor.hpp), at the cost of a list operation.
#pragma once

#include "base/clock.hpp"

#include <boost/intrusive/list.hpp>

namespace tandem::base {

/// Derive from it to be told. Destroying a timer disarms it.
class timer
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  bool armed() const { return is_linked(); }
  void disarm() {
    if (is_linked()) unlink();
  }

  /// What it was last armed for.
  time_point deadline() const { return deadline_; }

 protected:
  timer() = default;
  timer(timer const&) = delete;
  timer& operator=(timer const&) = delete;
  virtual ~timer() = default;

 private:
  friend class timekeeper;

  /// The deadline has passed; the timer is disarmed. May arm it again, and arm or destroy any other.
  virtual void on_deadline() = 0;

  time_point deadline_{};
};

/// Those that are armed, in no order.
using timers = boost::intrusive::list<timer, boost::intrusive::constant_time_size<false>>;

/// What keeps timers derives from it.
class timekeeper {
 protected:
  /// Disarmed, with a deadline: to be put into a list.
  static void prepare(timer& one, time_point deadline) {
    one.disarm();
    one.deadline_ = deadline;
  }
  static void fire(timer& one) {
    one.disarm();
    one.on_deadline();
  }
};

}  // namespace tandem::base
