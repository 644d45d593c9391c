// Something that happens once, awaited by any number of coroutines of one thread; an event<T> brings them a value.
//
//   base::event<> done;      co_await done;                          done.set();
//   base::event<bool> kept;  bool const is_kept = co_await kept;     kept.set(true);
//   bool const is_done = co_await done.until(executor, deadline);    waits no longer than that
//
// set() resumes those who wait, in the order in which they came, before it returns. Whoever is resumed may destroy the event
// and any that wait behind it: the latter are resumed no more. Who awaits an event that has happened goes on at once, and
// none that is never set() at all. It belongs to one thread: who learns of the event elsewhere posts a call of set().
#pragma once

#include "base/executor.hpp"

#include <boost/intrusive/list.hpp>

#include <coroutine>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace tandem::base {

template <class T = void>
class event {
  using hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  using kept = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

 public:
  event() = default;
  event(event const&) = delete;
  event& operator=(event const&) = delete;

  bool happened() const { return value_.has_value(); }

  /// None before it has happened.
  std::optional<kept> const& value() const { return value_; }

  /// The first call counts.
  void set() requires std::is_void_v<T> { happen({}); }
  void set(kept value) requires(!std::is_void_v<T>) { happen(std::move(value)); }

  class awaiter : public hook {
   public:
    explicit awaiter(event& awaited) : event_(awaited) {}
    awaiter(awaiter const&) = delete;
    awaiter& operator=(awaiter const&) = delete;

    bool await_ready() const { return event_.happened(); }
    void await_suspend(std::coroutine_handle<> waiting) {
      waiting_ = waiting;
      event_.waiting_.push_back(*this);
    }
    T await_resume() const {
      if constexpr (!std::is_void_v<T>) return *brought();
    }

   protected:
    /// Of one that waits: goes on without it.
    void give_up() {
      this->unlink();
      gave_up_ = true;
      waiting_.resume();
    }
    /// What it brought, or null.
    kept const* brought() const {
      if (brought_ || gave_up_) return brought_;
      return event_.value_ ? &*event_.value_ : nullptr;
    }

   private:
    friend class event;

    event& event_;
    std::coroutine_handle<> waiting_;
    kept const* brought_ = nullptr;  // to who had to wait: the event may be gone by then
    bool gave_up_ = false;           // ... as well
  };

  awaiter operator co_await() { return awaiter(*this); }

  /// Awaits it until a moment is over. Brings what the event does, or none; of an event<> whether it has happened.
  class limited_awaiter : public awaiter {
    struct alarm final : timer {
      explicit alarm(limited_awaiter& one) : of(one) {}
      void on_deadline() override { of.give_up(); }
      limited_awaiter& of;
    };

   public:
    limited_awaiter(event& awaited, executor& on, time_point deadline)
        : awaiter(awaited), on_(on), deadline_(deadline) {}

    bool await_ready() { return awaiter::await_ready() || deadline_ <= on_.now(); }
    void await_suspend(std::coroutine_handle<> waiting) {
      awaiter::await_suspend(waiting);
      if (deadline_ != time_point::max()) on_.arm(alarm_, deadline_);
    }
    auto await_resume() {
      alarm_.disarm();
      kept const* const brought = this->brought();
      if constexpr (std::is_void_v<T>) {
        return brought != nullptr;
      } else {
        return brought ? std::optional<kept>(*brought) : std::nullopt;
      }
    }

   private:
    executor& on_;
    time_point const deadline_;
    alarm alarm_{*this};
  };

  limited_awaiter until(executor& on, time_point deadline) { return {*this, on, deadline}; }

 private:
  using awaiters = boost::intrusive::list<awaiter, boost::intrusive::constant_time_size<false>>;

  /// Goes by `value` and a list of its own from the first resumption on, since this object may end with any.
  void happen(kept value) {
    if (happened()) return;
    value_ = value;
    awaiters due;
    due.swap(waiting_);
    while (!due.empty()) {
      awaiter& next = due.front();
      due.pop_front();
      next.brought_ = &value;
      next.waiting_.resume();
    }
  }

  std::optional<kept> value_;
  awaiters waiting_;
};

}  // namespace tandem::base
