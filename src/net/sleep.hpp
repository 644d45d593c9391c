// An awaitable pause: `co_await net::sleep_until(reactor, when)`. Withdraws itself when its coroutine is
// destroyed.
#pragma once

#include "base/task.hpp"
#include "net/reactor.hpp"

#include <coroutine>

namespace tandem::net {

class sleep_until final : private deadline_wheel::timer {
 public:
  sleep_until(reactor& reactor, base::time_point when) : reactor_(reactor), when_(when) {}

  bool await_ready() const { return when_ <= reactor_.now(); }
  void await_suspend(std::coroutine_handle<> sleeper) {
    sleeper_ = sleeper;
    reactor_.arm(*this, when_);
  }
  void await_resume() const {}

 private:
  void on_deadline() override { sleeper_.resume(); }

  reactor& reactor_;
  base::time_point when_;
  std::coroutine_handle<> sleeper_;
};

/// As a task, for parts that know no reactor. Always true.
inline base::task<bool> sleep_for(reactor& reactor, base::duration pause) {
  co_await sleep_until(reactor, reactor.now() + pause);
  co_return true;
}

}  // namespace tandem::net
