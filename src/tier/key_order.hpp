// Keeps one client's requests on one key in the order in which they came, where a route sends them to more than one
// server: without it a get that L1 answers would overtake the delete before it, which is still at L2. Reads go together,
// and so do writes that all go to L2 first, over one connection; a read and a write never do, and what asks L1 before it
// goes to L2 goes alone.
//
//   key_order::pass mine(order, {client, key}, kind);
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

  /// What has an order of its own.
  struct lane {
    std::uint32_t client;
    std::string_view key;

    friend bool operator==(lane const&, lane const&) = default;
  };

  class pass {
   public:
    pass(key_order& order, lane of, kind how);
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

  /// Lanes with a request under way.
  std::size_t size() const { return lines_.size(); }

 private:
  struct line {
    lane of;  // the map's
    unsigned inside = 0;
    kind how = kind::read;  // of those inside
    bool serving = false;
    std::deque<pass*> waiting;
  };
  struct owned_lane {
    std::uint32_t client;
    std::string key;

    operator lane() const { return {client, key}; }
  };
  struct lane_hash {
    using is_transparent = void;
    std::size_t operator()(lane of) const { return std::hash<std::string_view>()(of.key) + of.client; }
  };
  struct lane_equal {
    using is_transparent = void;
    bool operator()(lane one, lane other) const { return one == other; }
  };

  line& line_of(lane of);
  static bool enter(line& at, kind how);
  void serve(line& at);

  std::unordered_map<owned_lane, line, lane_hash, lane_equal> lines_;
  bool closed_ = false;
};

}  // namespace tandem::tier
