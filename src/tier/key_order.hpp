// Keeps one client's requests on one key in the order in which they came, where a route sends them to more than one
// server: without it a get that L1 answers would overtake the delete before it, which is still at L2. Reads go together,
// and so do writes that all go to L2 first, over one connection; a read and a write never do, and what asks L1 before it
// goes to L2 goes alone.
//
//   key_order::pass mine(order, {client, key}, kind);
//   co_await mine;      goes on when all before it that it may not go with have ended; ends with the object
//
// Those inside a lane came before those who wait there, and are all of one kind. Whoever ends lets in the next.
#pragma once

#include "model/lanes.hpp"

#include <boost/intrusive/list.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>

namespace tandem::tier {

class key_order {
  using hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

 public:
  enum class kind : std::uint8_t { read, write, alone };

  /// What has an order of its own. The key outlives the pass.
  using lane = model::lane;

  class pass : public model::lane_member<pass>, public hook {
   public:
    pass(key_order& order, lane of, kind how);
    ~pass();

    bool await_ready() const { return at_ == stage::inside; }
    void await_suspend(std::coroutine_handle<> waiter) { waiter_ = waiter; }
    void await_resume() const {}

   private:
    friend class key_order;
    enum class stage : std::uint8_t { waiting, let_in, inside };

    bool goes_with(pass const& before) const;

    key_order& order_;
    kind const how_;
    stage at_ = stage::waiting;
    std::coroutine_handle<> waiter_;
  };

  key_order() = default;
  key_order(key_order const&) = delete;
  key_order& operator=(key_order const&) = delete;

  /// Lets nobody in any more. Before requests are destroyed in a row: the end of one would resume another, and answer a
  /// session that is being destroyed, too.
  void close() { closed_ = true; }

  /// Those inside, and those who wait.
  std::size_t size() const { return size_; }

 private:
  void let_in(pass* next);
  void resume();

  model::lanes<pass> lanes_;
  boost::intrusive::list<pass, boost::intrusive::constant_time_size<false>>
      let_in_;  // to be resumed, in order
  std::size_t size_ = 0;
  bool resuming_ = false;
  bool closed_ = false;
};

}  // namespace tandem::tier
