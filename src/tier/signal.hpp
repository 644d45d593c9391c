// An event that happens once and brings a bool, awaited by one coroutine. set() belongs to the awaiting thread: whoever
// learns of the event elsewhere posts a call of it there. It may come before the await, or after the awaiter has gone.
#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

namespace tandem::tier {

class signal {
  struct state {
    std::optional<bool> value;
    std::coroutine_handle<> waiter;
  };

 public:
  signal() : state_(std::make_shared<state>()) {}

  void set(bool value) const {
    if (state_->value) return;
    state_->value = value;
    // The coroutine may end, and this object with it.
    if (auto const waiter = std::exchange(state_->waiter, nullptr)) waiter.resume();
  }

  std::optional<bool> value() const { return state_->value; }

  class awaiter {
   public:
    explicit awaiter(signal const& awaited) : state_(awaited.state_) {}
    ~awaiter() { state_->waiter = nullptr; }
    awaiter(awaiter const&) = delete;
    awaiter& operator=(awaiter const&) = delete;

    bool await_ready() const { return state_->value.has_value(); }
    void await_suspend(std::coroutine_handle<> waiter) { state_->waiter = waiter; }
    bool await_resume() const { return *state_->value; }

   private:
    friend class signal;
    std::shared_ptr<state> state_;
  };
  awaiter operator co_await() const { return awaiter(*this); }

 private:
  // Shared with whoever is to set it, who may come after the awaiter has gone.
  std::shared_ptr<state> state_;
};

}  // namespace tandem::tier
