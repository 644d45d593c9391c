#include "backend/redis/flush_turns.hpp"

#include <utility>

namespace tandem::backend::redis {

/// All but `to` is its own thread's.
struct flush_turns::member {
  explicit member(post to_own_thread) : to(std::move(to_own_thread)) {}

  post const to;
  bool told = false;
  bool gone = false;
  std::optional<outcome> what = {};
  std::coroutine_handle<> waiting = {};
};

flush_turns::turn::turn(flush_turns& among, post to_own_thread)
    : among_(among), self_(std::make_shared<member>(std::move(to_own_thread))) {
  among_.enter(self_);
}

flush_turns::turn::~turn() {
  self_->gone = true;
  among_.leave(self_);
}

bool flush_turns::turn::await_ready() const { return self_->told; }
void flush_turns::turn::await_suspend(std::coroutine_handle<> waiting) { self_->waiting = waiting; }
std::optional<flush_turns::outcome> flush_turns::turn::await_resume() const { return self_->what; }

void flush_turns::enter(std::shared_ptr<member> const& one) {
  std::lock_guard const lock(mutex_);
  if (!present_.empty()) return next_.push_back(one);
  present_.push_back(one);
  one->told = true;
}

void flush_turns::leave(std::shared_ptr<member> const& one) {
  std::lock_guard const lock(mutex_);
  std::erase(next_, one);
  bool const leads = !present_.empty() && present_.front() == one;
  std::erase(present_, one);
  if (!leads) return;
  if (present_.empty()) return begin_next();
  tell(present_.front(), std::nullopt);
}

/// The first of present_ has made it.
void flush_turns::done(outcome const& made) {
  std::lock_guard const lock(mutex_);
  for (std::size_t other = 1; other < present_.size(); ++other) tell(present_[other], made);
  begin_next();
}

void flush_turns::begin_next() {
  present_ = std::exchange(next_, {});
  if (!present_.empty()) tell(present_.front(), std::nullopt);
}

/// With the lock held: until then whoever is told has not left, and its thread goes on.
void flush_turns::tell(std::shared_ptr<member> const& one, std::optional<outcome> const& what) {
  one->to([one, what] {
    if (one->gone) return;
    one->told = true;
    one->what = what;
    if (auto const waiting = std::exchange(one->waiting, nullptr)) waiting.resume();
  });
}

}  // namespace tandem::backend::redis
