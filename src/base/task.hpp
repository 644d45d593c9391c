// task<T>: a lazy coroutine with one awaiter, on one thread. Nothing runs before it is awaited or started. task<void> is one
// that has nothing to say but that it is done.
//
// A child that finishes without waiting resumes its parent by returning false from await_suspend, so a loop
// over such children uses no stack. Symmetric transfer is avoided: g++ 12 does not make it a tail call at -O0
// or under sanitizers. Destroying a task that waits destroys its frame, and with it the awaitable it waits
// for: an awaitable must therefore withdraw itself in its destructor.
#pragma once

#include "base/frame_pool.hpp"

#include <cassert>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace tandem::base {

namespace detail {

/// What the frame of every task knows: whom to tell when it is done.
struct task_promise_base {
  void (*on_done)(void*) = nullptr;
  void* on_done_argument = nullptr;

  struct final_awaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> finished) const noexcept {
      task_promise_base& promise = finished.promise();
      if (promise.on_done) promise.on_done(promise.on_done_argument);
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  final_awaiter final_suspend() const noexcept { return {}; }
  /// The data path throws nothing; running out of memory there ends the process.
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }

  static void* operator new(std::size_t size) { return frame_pool::allocate(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { frame_pool::release(frame, size); }
};

/// And what it has made.
template <class T>
struct task_promise : task_promise_base {
  std::optional<T> value;

  void return_value(T&& made) { value.emplace(std::move(made)); }
  void return_value(T const& made) { value.emplace(made); }
  T take() {
    assert(value);
    return std::move(*value);
  }
};

template <>
struct task_promise<void> : task_promise_base {
  void return_void() const noexcept {}
  void take() const noexcept {}
};

}  // namespace detail

template <class T>
class [[nodiscard]] task {
 public:
  struct promise_type : detail::task_promise<T> {
    task get_return_object() { return task(std::coroutine_handle<promise_type>::from_promise(*this)); }
  };

  task() = default;
  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    if (this != &other) {
      reset();
      frame_ = std::exchange(other.frame_, nullptr);
    }
    return *this;
  }
  ~task() { reset(); }

  explicit operator bool() const { return static_cast<bool>(frame_); }
  bool done() const { return frame_ && frame_.done(); }

  /// Runs until the task is done (returns true) or waits (returns false). In the latter case
  /// `on_done(argument)` is called once when it is done; it may destroy the task.
  bool start(void (*on_done)(void*), void* argument) {
    frame_.resume();
    if (frame_.done()) return true;
    frame_.promise().on_done = on_done;
    frame_.promise().on_done_argument = argument;
    return false;
  }

  /// The value of a task that is done, once.
  T take() {
    assert(done());
    return frame_.promise().take();
  }

  /// Ends the task wherever it waits.
  void reset() {
    if (frame_) std::exchange(frame_, nullptr).destroy();
  }

  struct awaiter {
    task& awaited;

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> parent) const {
      return !awaited.start([](void* address) { std::coroutine_handle<>::from_address(address).resume(); },
                            parent.address());
    }
    T await_resume() const { return awaited.take(); }
  };

  awaiter operator co_await() & { return awaiter{*this}; }
  awaiter operator co_await() && { return awaiter{*this}; }

 private:
  explicit task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

/// A task that is done at once with `value`.
template <class T>
task<T> ready_task(T value) {
  co_return std::move(value);
}

/// Awaits all tasks at once; their values, if they have any, come in the order of the tasks. The tasks run concurrently and must
/// outlive the await, as locals of the awaiting coroutine do.
template <class T>
class when_all {
 public:
  explicit when_all(std::vector<task<T>>& tasks) : tasks_(tasks) {}

  bool await_ready() const noexcept { return tasks_.empty(); }

  bool await_suspend(std::coroutine_handle<> parent) {
    parent_ = parent;
    pending_ = tasks_.size() + 1;
    for (task<T>& each : tasks_) {
      bool const done = each.start([](void* self) { static_cast<when_all*>(self)->one_done(); }, this);
      if (done) --pending_;
    }
    return --pending_ != 0;
  }

  auto await_resume() {
    if constexpr (!std::is_void_v<T>) {
      std::vector<T> values;
      values.reserve(tasks_.size());
      for (task<T>& each : tasks_) values.push_back(each.take());
      return values;
    }
  }

 private:
  void one_done() {
    if (--pending_ == 0) parent_.resume();
  }

  std::vector<task<T>>& tasks_;
  std::coroutine_handle<> parent_;
  std::size_t pending_ = 0;
};

}  // namespace tandem::base
