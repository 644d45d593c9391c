// Those of one worker that have more to do than others should wait for: clients who ask for much, connections on which much
// comes or goes. They are served one after another, and all sockets that have become ready are seen to in between: whoever has
// little to do waits for one turn, however many have much. The line as a whole gets as much time as those sockets took, so that
// it is not starved by them either.
#pragma once

#include "base/clock.hpp"

#include <boost/intrusive/list.hpp>

namespace tandem::net {

class reactor;

class turn_line {
 public:
  /// Leaves the line when it is destroyed.
  class member {
   public:
    bool waits() const { return hook_.is_linked(); }
    void leave() { hook_.unlink(); }

   protected:
    ~member() = default;

   private:
    friend class turn_line;
    /// Its turn has come; it is not in the line any more.
    virtual void on_turn() = 0;

    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> hook_;
  };

  explicit turn_line(reactor& reactor) : reactor_(reactor) {}

  /// To the end of it; not one that waits.
  void join(member& last);

 private:
  void serve_soon();
  void serve();
  void serve_first();

  /// As long as sockets may keep the line from being served, and it them.
  static constexpr base::duration time_max = std::chrono::microseconds(100);

  reactor& reactor_;
  boost::intrusive::list<member,
                         boost::intrusive::member_hook<member, decltype(member::hook_), &member::hook_>,
                         boost::intrusive::constant_time_size<false>>
      members_;
  bool due_ = false;         // serve() is
  base::time_point left_{};  // when the line was served last
};

}  // namespace tandem::net
