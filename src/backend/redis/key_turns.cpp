#include "backend/redis/key_turns.hpp"

namespace tandem::backend::redis {
namespace {

std::size_t hash_of(key_turns::line const& of) {
  return std::hash<std::string_view>()(of.key) + of.client * std::size_t{0x9e3779b97f4a7c15};
}

}  // namespace

key_turns::turn::turn(key_turns& among, line of) : among_(among), of_(of), hash_(hash_of(of)) {}

key_turns::key_turns(later run) : run_(std::move(run)), self_(std::make_shared<key_turns*>(this)) {}
key_turns::~key_turns() { *self_ = nullptr; }

void key_turns::enter(turn& one, script called) {
  one.script_ = called;
  bool const waits = must_wait(one);
  link(one);
  if (!waits) return go(one);
  one.at_ = stage::waiting;
  one.waited_ = true;
  ++waiting_;
}

/// The newest of the line tells of those before it: a command that is under way would have waited for a call by digest,
/// and such a call for that of another script.
bool key_turns::must_wait(turn const& one) const {
  for (turn const* each = place_of(one.hash_).newest; each; each = each->older_) {
    if (each->hash_ != one.hash_ || each->of_ != one.of_) continue;
    if (each->at_ != stage::under_way || (each->may_come_back_ && each->script_ != one.script_)) return true;
    if (held_ == 0) return false;
  }
  return false;
}

/// A script that had to wait goes with its body, which cannot come back.
void key_turns::go(turn& one) {
  one.at_ = stage::under_way;
  one.may_come_back_ = one.script_ && !one.waited_;
}

void key_turns::hold(turn& one) {
  if (one.at_ == stage::holding) return;
  one.at_ = stage::again;
  ++held_;
  if (next(one.of_, one.hash_) == &one) {
    one.at_ = stage::holding;
    return;
  }
  ++waiting_;
  wake_later(one);
}

void key_turns::leave(turn& one) {
  if (one.at_ == stage::outside) return;
  if (one.at_ == stage::waiting || one.at_ == stage::again) --waiting_;
  if (one.at_ == stage::again || one.at_ == stage::holding) --held_;
  if (one.at_ == stage::under_way && !one.refused_) overtake(one);
  unlink(one);
  one.at_ = stage::outside;
  if (waiting_ > 0) wake_later(one);
}

/// Those that came before `by`, which was or may be executed, and have no answer yet.
void key_turns::overtake(turn const& by) {
  for (turn* each = by.older_; each; each = each->older_) {
    if (each->hash_ == by.hash_ && each->of_ == by.of_) each->overtaken_ = true;
  }
}

/// Who may go on now, if anybody: the oldest of those that go again, once nobody is under way; if there are none, the
/// oldest that waits, once no script is called by digest.
key_turns::turn* key_turns::next(line of, std::size_t hash) const {
  turn* again = nullptr;
  turn* waits = nullptr;
  bool under_way = false;
  bool may_come_back = false;
  for (turn* each = place_of(hash).oldest; each; each = each->newer_) {
    if (each->hash_ != hash || each->of_ != of) continue;
    switch (each->at_) {
      case stage::outside: break;
      case stage::holding: return nullptr;
      case stage::again: again = again ? again : each; break;
      case stage::waiting: waits = waits ? waits : each; break;
      case stage::under_way:
        under_way = true;
        may_come_back |= each->may_come_back_;
        break;
    }
  }
  if (again) return under_way ? nullptr : again;
  return may_come_back ? nullptr : waits;
}

void key_turns::wake_later(turn const& one) {
  if (!next(one.of_, one.hash_)) return;
  run_([self = self_, client = one.of_.client, key = std::string(one.of_.key), hash = one.hash_] {
    if (*self) (*self)->wake({client, key}, hash);
  });
}

/// Whoever is resumed may enter, leave and destroy other turns: the line is looked at anew each time.
void key_turns::wake(line of, std::size_t hash) {
  auto const alive = self_;
  while (*alive) {
    turn* const one = next(of, hash);
    if (!one) return;
    --waiting_;
    if (one->at_ == stage::again) {
      one->at_ = stage::holding;
    } else {
      go(*one);
    }
    one->waiting_.resume();
  }
}

void key_turns::link(turn& one) {
  place& at = place_of(one.hash_);
  one.older_ = at.newest;
  (at.newest ? at.newest->newer_ : at.oldest) = &one;
  at.newest = &one;
}

void key_turns::unlink(turn& one) {
  place& at = place_of(one.hash_);
  (one.older_ ? one.older_->newer_ : at.oldest) = one.newer_;
  (one.newer_ ? one.newer_->older_ : at.newest) = one.older_;
}

}  // namespace tandem::backend::redis
