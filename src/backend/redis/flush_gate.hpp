// One flush of a backend at a time, over all workers. A flush that is asked for while one is under way may have come too
// late for it, and so waits for the next, which is shared by all who wait then. Process-wide; any thread may call it, and is
// told on its own.
//
//   flush_gate::pass mine(gate, executor);
//   auto const shared = co_await mine;    what came of the flush that another has made for all; none: it is ours to make
//   ... mine.done(failure);               then, once it is made
//
// If one whose flush it is ends without done(), another of those who share it makes it.
#pragma once

#include "base/error.hpp"
#include "base/event.hpp"
#include "base/executor.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace tandem::backend::redis {

class flush_gate {
  struct member;

 public:
  /// Why a flush has failed, if it has.
  using failure = std::optional<base::error>;

  class pass {
   public:
    pass(flush_gate& among, base::executor& own);
    ~pass();
    pass(pass const&) = delete;
    pass& operator=(pass const&) = delete;

    base::event<std::optional<failure>>::awaiter operator co_await();

    void done(failure const& made) { among_.done(made); }

   private:
    flush_gate& among_;
    std::shared_ptr<member> const self_;  // what is posted looks at it, maybe after the end
  };

 private:
  using members = std::vector<std::shared_ptr<member>>;

  void enter(std::shared_ptr<member> const& one);
  void leave(std::shared_ptr<member> const& one);
  void done(failure const& made);
  void begin_next();
  static void tell(std::shared_ptr<member> const& one, std::optional<failure> const& what);

  std::mutex mutex_;
  members present_;  // share the flush that is under way, which the first of them makes
  members next_;
};

}  // namespace tandem::backend::redis
