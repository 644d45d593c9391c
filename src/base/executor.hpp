// The event loop of one worker as it is seen by what knows no sockets: what time it is there, being told when a moment has
// come, being called on its thread, and chance. net/reactor.hpp is one; tests play another. All but post() belongs to
// the loop's thread.
#pragma once

#include "base/callback.hpp"
#include "base/clock.hpp"
#include "base/timer.hpp"

#include <cstdint>

namespace tandem::base {

class executor {
 public:
  executor(executor const&) = delete;
  executor& operator=(executor const&) = delete;

  /// One moment for all that is handled together, cheap to ask for: what deadlines are counted from.
  virtual time_point now() const = 0;

  /// Goes on meanwhile, and so tells when the process had to wait for the machine.
  virtual clock const& running_clock() const = 0;

  /// Has `one` told once `deadline` is over, in place of what it was armed for before. Never from inside this call.
  virtual void arm(timer& one, time_point deadline) = 0;

  /// Calls `work` on the loop's thread, soon, and never from inside this call. Any thread, as long as the loop exists; what
  /// it has not come to when it ends is destroyed with it.
  virtual void post(callback<> work) = 0;

  /// Each number is as likely as any other. Not for secrets.
  virtual std::uint32_t random() = 0;

 protected:
  executor() = default;
  ~executor() = default;
};

}  // namespace tandem::base
