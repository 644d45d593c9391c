#include "backend/redis/key_turns.hpp"

#include <algorithm>
#include <cassert>

namespace tandem::backend::redis {

key_turns::key_turns(later run) : run_(std::move(run)), self_(std::make_shared<key_turns*>(this)) {}
key_turns::~key_turns() { *self_ = nullptr; }

std::size_t key_turns::keys() const { return lines_.size(); }

bool key_turns::line::admits(turn const& next) const {
  if (holders == 0) return true;
  return next.how_.script && !how.alone && next.how_.script == how.script;
}

void key_turns::enter(turn& one, manner how) {
  one.how_ = how;
  if (lines_.empty() && how.passes()) return;
  auto const found = lines_.find(one.key_);
  if (found == lines_.end()) {
    if (!how.passes()) take(one, lines_[std::string(one.key_)]);
    return;
  }
  line& at = found->second;
  if (!at.waking && !at.wanted() && at.admits(one)) return take(one, at);
  one.place_ = turn::place::waiting;
  at.newcomers.push_back(&one);
}

void key_turns::hold(turn& one) {
  if (one.place_ == turn::place::holding && one.how_.alone) return;
  line& at = lines_[std::string(one.key_)];
  if (one.place_ == turn::place::holding) --at.holders;
  one.how_ = {std::nullopt, true};
  if (at.holders == 0 && at.again.empty() && !at.waking) return take(one, at);
  one.place_ = turn::place::waiting;
  at.again.push_back(&one);
  release(one, at);
}

void key_turns::leave(turn& one) {
  if (one.place_ == turn::place::outside) return;
  auto const found = lines_.find(one.key_);
  assert(found != lines_.end());
  line& at = found->second;
  if (one.place_ == turn::place::waiting) {
    std::erase(at.again, &one);
    std::erase(at.newcomers, &one);
  } else {
    --at.holders;
  }
  one.place_ = turn::place::outside;
  release(one, at);
  end_if_empty(found);
}

void key_turns::take(turn& one, line& at) {
  if (one.how_.passes()) {
    one.place_ = turn::place::outside;
    return;
  }
  ++at.holders;
  at.how = one.how_;
  one.place_ = turn::place::holding;
}

/// Has those woken who can go on now that `one` has let go.
void key_turns::release(turn& one, line& at) {
  if (at.holders > 0 || at.waking || !at.wanted()) return;
  at.waking = true;
  run_([self = self_, key = std::string(one.key_)] {
    if (*self) (*self)->wake(key);
  });
}

/// Whoever is resumed may enter, leave and destroy other turns: the line is looked at anew each time. It
/// stays while it is waking.
void key_turns::wake(std::string const& key) {
  line& at = lines_.find(key)->second;
  auto const alive = self_;
  while (at.wanted()) {
    std::deque<turn*>& first = at.again.empty() ? at.newcomers : at.again;
    turn& next = *first.front();
    if (!at.admits(next)) break;
    first.pop_front();
    take(next, at);
    next.waiting_.resume();
    if (!*alive) return;
  }
  at.waking = false;
  end_if_empty(lines_.find(key));
}

void key_turns::end_if_empty(lines::iterator at) {
  line const& left = at->second;
  if (left.holders == 0 && !left.waking && !left.wanted()) lines_.erase(at);
}

}  // namespace tandem::backend::redis
