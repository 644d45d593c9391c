// Awaitable pauses: `co_await base::sleep_for(executor, 5ms)`. One withdraws itself when its coroutine is destroyed.
#pragma once

#include "base/executor.hpp"

#include <coroutine>

namespace tandem::base {

/// Does not wait if `when` is over already.
class sleep_until final : private timer {
 public:
  sleep_until(executor& on, time_point when) : on_(on), when_(when) {}

  bool await_ready() const { return when_ <= on_.now(); }
  void await_suspend(std::coroutine_handle<> sleeper) {
    sleeper_ = sleeper;
    on_.arm(*this, when_);
  }
  void await_resume() const {}

 private:
  void on_deadline() override { sleeper_.resume(); }

  executor& on_;
  time_point const when_;
  std::coroutine_handle<> sleeper_;
};

/// Counted from what executor::now() tells.
inline sleep_until sleep_for(executor& on, duration pause) { return {on, on.now() + pause}; }

}  // namespace tandem::base
