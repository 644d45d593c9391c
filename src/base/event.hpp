// Something that happens once, awaited by any number of coroutines of one thread; an event<T> brings them a value.
//
//   base::event<> done;      co_await done;                          done.set();
//   base::event<bool> kept;  bool const is_kept = co_await kept;     kept.set(true);
//
// set() resumes those who wait, in the order in which they came, before it returns. Whoever is resumed may destroy the event
// and any that wait behind it: the latter are resumed no more. Who awaits an event that has happened goes on at once, and
// none that is never set() at all. It belongs to one thread: who learns of the event elsewhere posts a call of set().
#pragma once

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
      if constexpr (!std::is_void_v<T>) return brought_ ? *brought_ : *event_.value_;
    }

   private:
    friend class event;

    event& event_;
    std::coroutine_handle<> waiting_;
    kept const* brought_ = nullptr;  // to who had to wait: the event may be gone by then
  };

  awaiter operator co_await() { return awaiter(*this); }

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
