#include "tier/key_order.hpp"

#include <algorithm>

namespace tandem::tier {

key_order::pass::pass(key_order& order, lane of, kind how)
    : order_(order), at_(order.line_of(of)), how_(how) {
  entered_ = at_.waiting.empty() && !at_.serving && enter(at_, how_);
  if (!entered_) at_.waiting.push_back(this);
}

key_order::pass::~pass() {
  if (entered_) --at_.inside;
  if (!entered_) at_.waiting.erase(std::ranges::find(at_.waiting, this));
  order_.serve(at_);
}

key_order::line& key_order::line_of(lane of) {
  auto const found = lines_.find(of);
  if (found != lines_.end()) return found->second;
  auto const made = lines_.try_emplace(owned_lane{of.client, std::string(of.key)}).first;
  made->second.of = made->first;
  return made->second;
}

bool key_order::enter(line& at, kind how) {
  bool const may = at.inside == 0 || (at.how == how && how != kind::alone);
  if (!may) return false;
  at.how = how;
  ++at.inside;
  return true;
}

/// Lets in whoever may. One that ends while it is let in is seen by the loop rather than by a call within the call.
void key_order::serve(line& at) {
  if (at.serving) return;
  at.serving = true;
  while (!closed_ && !at.waiting.empty() && enter(at, at.waiting.front()->how_)) {
    pass* const next = at.waiting.front();
    at.waiting.pop_front();
    next->entered_ = true;
    if (next->waiter_) next->waiter_.resume();
  }
  at.serving = false;
  if (at.inside == 0 && at.waiting.empty()) lines_.erase(lines_.find(at.of));
}

}  // namespace tandem::tier
