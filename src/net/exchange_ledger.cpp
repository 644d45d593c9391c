#include "net/exchange_ledger.hpp"

#include <algorithm>

namespace tandem::net {

exchange_ledger::admission exchange_ledger::wait(pending_exchange& one, bool ahead) {
  held_.take();
  metrics_.pending.add(1);
  if (is_open()) metrics_.held_back.add();
  if (ahead) {
    one.standing_ = standing::ahead;
    ahead_.push_back(one);
  } else {
    one.standing_ = standing::waiting;
    waiting_.push(one);
  }
  return admission::wait;
}

void exchange_ledger::forget(pending_exchange& one) {
  switch (one.standing_) {
    case standing::nowhere: return;
    case standing::waiting:
      held_.give_back();
      waiting_.erase(one);
      break;
    case standing::ahead:
      held_.give_back();
      one.unlink();
      break;
    case standing::failing: one.unlink(); break;
    case standing::sent:
      sent_.at(one.position_).waiting = nullptr;
      ++tombstones_;
      break;
  }
  metrics_.pending.add(-1);
  one.standing_ = standing::nowhere;
}

bool exchange_ledger::expire(pending_exchange& one, std::uint64_t written, base::time_point now) {
  bool const was_under_way = one.standing_ == standing::sent;
  one.was_sent_ = was_under_way ? sent_.at(one.position_).offset < written : one.was_sent_;
  withdraw(one);
  // Whoever waits to be written waits for the answers that are still due, be it that the connection is to end first.
  return mute(was_under_way || phase_ == phase::retiring || (is_open() && !sent_.empty()), now);
}

bool exchange_ledger::mute(bool concerned, base::time_point now) const {
  auto const silence = now - std::max(last_reply_, busy_since_);
  return concerned && (tombstones_ > limits_.late_replies_max || silence > limits_.silence_max());
}

void exchange_ledger::connected() {
  if (++generation_ == 0) ++generation_;
  phase_ = phase::greeting;
}

void exchange_ledger::open() {
  phase_ = phase::open;
  window_.begin_anew();
}

bool exchange_ledger::renew() {
  if (!is_open()) return false;
  phase_ = phase::retiring;
  return true;
}

exchange_ledger::items exchange_ledger::lost(std::uint64_t written) {
  phase_ = phase::closed;
  held_.give_back_all();
  items failing;
  for (; !sent_.empty(); sent_.pop()) {
    entry const& first = sent_.front();
    under_way_ -= first.in_window;
    if (!first.waiting) continue;
    first.waiting->was_sent_ = first.offset < written;
    failing.push_back(*first.waiting);
  }
  tombstones_ = 0;
  failing.splice(failing.end(), ahead_);
  items waiting = waiting_.take_all();
  failing.splice(failing.end(), waiting);
  for (pending_exchange& each : failing) each.standing_ = standing::failing;
  return failing;
}

pending_exchange* exchange_ledger::next_failed(items& failing) {
  if (failing.empty()) return nullptr;
  pending_exchange& first = failing.front();
  failing.pop_front();
  return left(first, false);
}

bool exchange_ledger::ended_settled() {
  phase_ = phase::closed;
  return !waiting_.empty() || !ahead_.empty();
}

}  // namespace tandem::net
