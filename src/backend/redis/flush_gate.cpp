#include "backend/redis/flush_gate.hpp"

#include <utility>

namespace tandem::backend::redis {

/// All but `on` is its own thread's.
struct flush_gate::member {
  explicit member(base::executor& own) : on(own) {}

  base::executor& on;
  bool gone = false;
  base::event<std::optional<failure>> told;
};

flush_gate::pass::pass(flush_gate& among, base::executor& own)
    : among_(among), self_(std::make_shared<member>(own)) {
  among_.enter(self_);
}

flush_gate::pass::~pass() {
  self_->gone = true;
  among_.leave(self_);
}

base::event<std::optional<flush_gate::failure>>::awaiter flush_gate::pass::operator co_await() {
  return self_->told.operator co_await();
}

void flush_gate::enter(std::shared_ptr<member> const& one) {
  std::lock_guard const lock(mutex_);
  if (!present_.empty()) return next_.push_back(one);
  present_.push_back(one);
  one->told.set(std::nullopt);
}

void flush_gate::leave(std::shared_ptr<member> const& one) {
  std::lock_guard const lock(mutex_);
  std::erase(next_, one);
  bool const leads = !present_.empty() && present_.front() == one;
  std::erase(present_, one);
  if (!leads) return;
  if (present_.empty()) return begin_next();
  tell(present_.front(), std::nullopt);
}

/// The first of present_ has made it.
void flush_gate::done(failure const& made) {
  std::lock_guard const lock(mutex_);
  for (std::size_t other = 1; other < present_.size(); ++other) tell(present_[other], made);
  begin_next();
}

void flush_gate::begin_next() {
  present_ = std::exchange(next_, {});
  if (!present_.empty()) tell(present_.front(), std::nullopt);
}

/// With the lock held: until then whoever is told has not left, and its thread goes on.
void flush_gate::tell(std::shared_ptr<member> const& one, std::optional<failure> const& what) {
  one->on.post([one, what] {
    if (!one->gone) one->told.set(what);
  });
}

}  // namespace tandem::backend::redis
