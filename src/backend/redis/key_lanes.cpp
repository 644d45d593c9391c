#include "backend/redis/key_lanes.hpp"

#include <string>

namespace tandem::backend::redis {

key_lanes::key_lanes(base::executor& on) : executor_(on), self_(std::make_shared<key_lanes*>(this)) {}
key_lanes::~key_lanes() { *self_ = nullptr; }

void key_lanes::enter(member& one, script called) {
  one.script_ = called;
  lanes_.join(one);
  if (!must_wait(one)) return go(one);
  one.at_ = stage::waiting;
  one.waited_ = true;
  ++waiting_;
}

/// The newest of the lane tells of those before it: a command that is under way would have waited for a call by digest,
/// and such a call for that of another script.
bool key_lanes::must_wait(member const& one) const {
  for (member const* each = one.older(); each; each = each->older()) {
    if (each->at_ != stage::under_way || (each->may_come_back_ && each->script_ != one.script_)) return true;
    if (held_ == 0) return false;
  }
  return false;
}

/// A script that had to wait goes with its body, which cannot come back.
void key_lanes::go(member& one) {
  one.at_ = stage::under_way;
  one.may_come_back_ = one.script_ && !one.waited_;
}

void key_lanes::hold(member& one) {
  if (one.at_ == stage::holding) return;
  one.at_ = stage::again;
  ++held_;
  if (next(one.of()) == &one) {
    one.at_ = stage::holding;
    return;
  }
  ++waiting_;
  wake_later(one.of());
}

void key_lanes::leave(member& one) {
  if (one.at_ == stage::outside) return;
  if (one.at_ == stage::waiting || one.at_ == stage::again) --waiting_;
  if (one.at_ == stage::again || one.at_ == stage::holding) --held_;
  if (one.at_ == stage::under_way && !one.refused_) overtake(one);
  lanes_.leave(one);
  one.at_ = stage::outside;
  if (waiting_ > 0) wake_later(one.of());
}

/// Those that came before `by`, which was or may be executed, and have no answer yet.
void key_lanes::overtake(member const& by) {
  for (member* each = by.older(); each; each = each->older()) each->overtaken_ = true;
}

/// Who may go on now, if anybody: the oldest of those that go again, once nobody is under way; if there are none, the
/// oldest that waits, once no script is called by digest.
key_lanes::member* key_lanes::next(lane const& of) const {
  member* again = nullptr;
  member* waits = nullptr;
  bool under_way = false;
  bool may_come_back = false;
  for (member* each = lanes_.oldest(of); each; each = each->newer()) {
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

void key_lanes::wake_later(lane const& of) {
  if (!next(of)) return;
  executor_.post([self = self_, client = of.client(), key = std::string(of.key())] {
    if (*self) (*self)->wake({client, key});
  });
}

/// Whoever is resumed may enter, leave and destroy other members: the lane is looked at anew each time.
void key_lanes::wake(lane const& of) {
  auto const alive = self_;
  while (*alive) {
    member* const one = next(of);
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

}  // namespace tandem::backend::redis
