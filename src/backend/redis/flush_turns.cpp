#include "backend/redis/flush_turns.hpp"

#include <utility>

namespace tandem::backend::redis {

/// All but `on` is its own thread's.
struct flush_turns::member {
  explicit member(base::executor& own) : on(own) {}

  base::executor& on;
  bool gone = false;
  base::event<std::optional<outcome>> told;
};

flush_turns::turn::turn(flush_turns& among, base::executor& own)
    : among_(among), self_(std::make_shared<member>(own)) {
  among_.enter(self_);
}

flush_turns::turn::~turn() {
  self_->gone = true;
  among_.leave(self_);
}

base::event<std::optional<flush_turns::outcome>>::awaiter flush_turns::turn::operator co_await() {
  return self_->told.operator co_await();
}

void flush_turns::enter(std::shared_ptr<member> const& one) {
  std::lock_guard const lock(mutex_);
  if (!present_.empty()) return next_.push_back(one);
  present_.push_back(one);
  one->told.set(std::nullopt);
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
  one->on.post([one, what] {
    if (!one->gone) one->told.set(what);
  });
}

}  // namespace tandem::backend::redis
