// Keeps the commands on one key in the order in which they came, where the connection does not: while a call
// of a script may come back with NOSCRIPT and go out again, and while a request is on its second way after a
// redirection, a pause or a lost connection. Commands on that key which come meanwhile wait.
//
// Order of calls: `turn mine(turns, key); co_await mine.enter(how);`, then send. Before the request is sent
// again: `co_await mine.hold()`. The turn ends with the object. Those who wait are resumed from the event
// loop, never from inside a call of this class.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tandem::backend::redis {

class key_turns {
 public:
  /// Calls its argument soon, from the event loop.
  using later = std::function<void(std::function<void()>)>;

  explicit key_turns(later run);
  ~key_turns();

  /// How to enter: passing through, or holding the key until the turn ends. Calls of one script (of a number)
  /// may hold it together, where it does not matter which of them comes first.
  struct manner {
    std::optional<unsigned> script;
    bool alone = false;

    bool passes() const { return !script && !alone; }
  };
  static manner pass() { return {}; }
  static manner share(unsigned script) { return {script}; }
  static manner exclude() { return {std::nullopt, true}; }

  class turn {
   public:
    /// `key` must outlive it.
    turn(key_turns& among, std::string_view key) : among_(among), key_(key) {}
    ~turn() { among_.leave(*this); }
    turn(turn const&) = delete;
    turn& operator=(turn const&) = delete;

    struct admission {
      turn& who;

      bool await_ready() const { return who.place_ != place::waiting; }
      void await_suspend(std::coroutine_handle<> waiting) const { who.waiting_ = waiting; }
      void await_resume() const {}
    };

    admission enter(manner how) {
      among_.enter(*this, how);
      return {*this};
    }

    /// Holds the key alone from here on, ahead of all that came later.
    admission hold() {
      among_.hold(*this);
      return {*this};
    }

   private:
    friend class key_turns;
    enum class place : std::uint8_t { outside, waiting, holding };

    key_turns& among_;
    std::string_view key_;
    manner how_;
    place place_ = place::outside;
    std::coroutine_handle<> waiting_;
  };

  /// Keys that somebody holds or waits for.
  std::size_t keys() const;

 private:
  struct line {
    std::size_t holders = 0;
    manner how;                   // of the holders
    std::deque<turn*> again;      // those who hold() again, ahead of
    std::deque<turn*> newcomers;  // those who enter
    bool waking = false;          // wake() is to be called, or is running

    bool wanted() const { return !again.empty() || !newcomers.empty(); }
    bool admits(turn const& next) const;
  };
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using lines = std::unordered_map<std::string, line, text_hash, std::equal_to<>>;

  void enter(turn& one, manner how);
  void hold(turn& one);
  void leave(turn& one);
  void take(turn& one, line& at);
  void release(turn& one, line& at);
  void wake(std::string const& key);
  void end_if_empty(lines::iterator at);

  later run_;
  lines lines_;
  std::shared_ptr<key_turns*> self_;  // what posted calls look at: they may come after the end
};

}  // namespace tandem::backend::redis
