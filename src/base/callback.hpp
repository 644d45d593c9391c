// A function object that is called once, later: moved and never copied, and without an allocation where it is small. It
// may be made on one thread and called on another.
#pragma once

#include <cassert>
#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace tandem::base {

template <class... Arguments>
class callback {
 public:
  callback() = default;

  template <class Function>
  requires(!std::same_as<std::remove_cvref_t<Function>, callback> &&
           std::is_invocable_v<std::decay_t<Function>&, Arguments...>)
      callback(Function&& made) {  // NOLINT(google-explicit-constructor)
    using held = std::decay_t<Function>;
    if constexpr (is_small<held>) {
      new (place_) held(std::forward<Function>(made));
      how_ = &in_place<held>;
    } else {
      new (place_) held*(new held(std::forward<Function>(made)));
      how_ = &elsewhere<held>;
    }
  }
  callback(callback&& other) noexcept { take(other); }
  callback& operator=(callback&& other) noexcept {
    if (this == &other) return *this;
    reset();
    take(other);
    return *this;
  }
  ~callback() { reset(); }

  explicit operator bool() const { return how_ != nullptr; }

  void operator()(Arguments... given) {
    assert(how_);
    how_->call(place_, std::forward<Arguments>(given)...);
  }

 private:
  static constexpr std::size_t small_bytes = 7 * sizeof(void*);

  template <class Held>
  static constexpr bool is_small =
      sizeof(Held) <= small_bytes &&
      alignof(Held) <= alignof(void*) && std::is_nothrow_move_constructible_v<Held>;

  struct operations {
    void (*call)(void* place, Arguments&&... given);
    void (*move)(void* from, void* to) noexcept;  // and ends the one that was moved from
    void (*end)(void* place) noexcept;
  };

  template <class Held>
  static Held& held_in(void* place) {
    return *std::launder(static_cast<Held*>(place));
  }

  template <class Held>
  static constexpr operations in_place{
      [](void* place, Arguments&&... given) { held_in<Held>(place)(std::forward<Arguments>(given)...); },
      [](void* from, void* to) noexcept {
        new (to) Held(std::move(held_in<Held>(from)));
        std::destroy_at(&held_in<Held>(from));
      },
      [](void* place) noexcept { std::destroy_at(&held_in<Held>(place)); }};

  template <class Held>
  static constexpr operations elsewhere{
      [](void* place, Arguments&&... given) { (*held_in<Held*>(place))(std::forward<Arguments>(given)...); },
      [](void* from, void* to) noexcept { new (to) Held*(held_in<Held*>(from)); },
      [](void* place) noexcept { delete held_in<Held*>(place); }};

  void take(callback& other) noexcept {
    how_ = std::exchange(other.how_, nullptr);
    if (how_) how_->move(other.place_, place_);
  }
  void reset() noexcept {
    if (auto const* const how = std::exchange(how_, nullptr)) how->end(place_);
  }

  operations const* how_ = nullptr;
  alignas(void*) std::byte place_[small_bytes];
};

}  // namespace tandem::base
