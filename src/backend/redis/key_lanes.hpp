// Keeps the commands of one client on one key in the order in which they came. The connection does so by itself,
// unless one of them comes back and has to go out again: a call of a script by its digest with NOSCRIPT, anything with
// a redirection, an error that passes, or a lost connection. Commands of other clients never wait: until one is answered,
// either order is right.
//
//   a call of a script      goes at once behind calls of the same one: if the server has forgotten it, it has forgotten
//                           those behind, too. It waits while another script is called by digest, and then goes with its body
//   any other command       goes at once, and waits while a script is called by digest
//   both                    wait where one of that client on that key waits already
//   what has to go again    waits until all that were sent behind it are answered, and holds back all that came later. If
//                           one of those was executed, it is overtaken, and a write must not go again
//
// Order of calls: `member mine(lanes, who); co_await mine.enter(script);`, then send; `mine.refused()` once an error was
// the answer. Before the request is sent again: `co_await mine.hold()`. It leaves its lane when it ends. Those who wait are
// resumed from the event loop, never from inside a call of this class.
#pragma once

#include "base/executor.hpp"
#include "model/lanes.hpp"
#include "protocol/redis/scripts.hpp"

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace tandem::backend::redis {

class key_lanes {
 public:
  /// Whose commands on which key. The key must outlive the member.
  using lane = model::lane;

  /// Which one is called; null by any other command.
  using script = protocol::redis::script const*;

  explicit key_lanes(base::executor& on);
  ~key_lanes();
  key_lanes(key_lanes const&) = delete;
  key_lanes& operator=(key_lanes const&) = delete;

  class member : public model::lane_member<member> {
   public:
    member(key_lanes& among, lane of) : lane_member(of), among_(among) {}
    ~member() { among_.leave(*this); }

    struct admission {
      member& who;

      bool await_ready() const { return who.at_ != stage::waiting && who.at_ != stage::again; }
      void await_suspend(std::coroutine_handle<> waiting) const { who.waiting_ = waiting; }
      void await_resume() const {}
    };

    admission enter(script called) {
      among_.enter(*this, called);
      return {*this};
    }

    /// Whether it had to wait in enter(): a script goes with its body then, so that it cannot come back and others may
    /// follow at once.
    bool waited() const { return waited_; }

    /// The server has not executed it.
    void refused() { refused_ = true; }

    /// Has all of its lane to itself from here on, ahead of what came later.
    admission hold() {
      among_.hold(*this);
      return {*this};
    }

    /// After hold(): whether what was sent later was, or may have been, executed.
    bool overtaken() const { return overtaken_; }

   private:
    friend class key_lanes;
    enum class stage : std::uint8_t { outside, waiting, under_way, again, holding };

    key_lanes& among_;
    stage at_ = stage::outside;
    bool may_come_back_ = false;  // a call by digest, under way
    script script_;
    bool waited_ = false;
    bool refused_ = false;
    bool overtaken_ = false;
    std::coroutine_handle<> waiting_;
  };

  /// Members that wait.
  std::size_t waiting() const { return waiting_; }

 private:
  using stage = member::stage;

  void enter(member& one, script called);
  void hold(member& one);
  void leave(member& one);
  void go(member& one);
  bool must_wait(member const& one) const;
  void overtake(member const& by);
  member* next(lane const& of) const;
  void wake_later(lane const& of);
  void wake(lane const& of);

  base::executor& executor_;
  model::lanes<member> lanes_;
  std::size_t waiting_ = 0;           // in enter() or hold()
  std::size_t held_ = 0;              // that go again
  std::shared_ptr<key_lanes*> self_;  // what posted calls look at: they may come after the end
};

}  // namespace tandem::backend::redis
