// Keeps requests on one key in the order in which they came to this worker, where a route sends them to more than one
// server: without it a get that L1 answers would overtake the delete before it, which is still at L2. Reads go together,
// and so do writes that all go to L2 first, over one connection; a read and a write never do, and what asks L1 before it
// goes to L2 goes alone.
//
//   key_order::pass mine(order, key, kind);
//   co_await mine;      goes on when all before it that it may not go with have ended; ends with the object
#pragma once

#include <coroutine>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tandem::tier {

class key_order {
  struct line;

 public:
  enum class kind : std::uint8_t { read, write, alone };

  class pass {
   public:
    pass(key_order& order, std::string_view key, kind how);
    ~pass();
    pass(pass const&) = delete;
    pass& operator=(pass const&) = delete;

    bool await_ready() const { return entered_; }
    void await_suspend(std::coroutine_handle<> waiter) { waiter_ = waiter; }
    void await_resume() const {}

   private:
    friend class key_order;

    key_order& order_;
    line& at_;
    kind const how_;
    bool entered_ = false;
    std::coroutine_handle<> waiter_;
  };

  key_order() = default;
  key_order(key_order const&) = delete;
  key_order& operator=(key_order const&) = delete;

  /// Lets nobody in any more. Before requests are destroyed in a row: the end of one would resume another, and answer a
  /// session that is being destroyed, too.
  void close() { closed_ = true; }

  /// Keys with a request under way.
  std::size_t size() const { return lines_.size(); }

 private:
  struct line {
    std::string_view key;  // the map's
    unsigned inside = 0;
    kind how = kind::read;  // of those inside
    bool serving = false;
    std::deque<pass*> waiting;
  };
  struct key_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };

  line& line_of(std::string_view key);
  static bool enter(line& at, kind how);
  void serve(line& at);

  std::unordered_map<std::string, line, key_hash, std::equal_to<>> lines_;
  bool closed_ = false;
};

}  // namespace tandem::tier
