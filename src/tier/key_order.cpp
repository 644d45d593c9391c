#include "tier/key_order.hpp"

namespace tandem::tier {

key_order::pass::pass(key_order& order, lane of, kind how) : lane_member(of), order_(order), how_(how) {
  order_.lanes_.join(*this);
  ++order_.size_;
  pass const* const before = older();
  if (before && !goes_with(*before)) return;
  // Never ahead of one that is let in and has not gone on yet.
  at_ = before ? before->at_ : stage::inside;
  if (at_ == stage::let_in) order_.let_in_.push_back(*this);
}

key_order::pass::~pass() {
  pass* const next = newer();
  order_.lanes_.leave(*this);
  --order_.size_;
  order_.let_in(next);
}

/// Behind one that waits, nobody goes.
bool key_order::pass::goes_with(pass const& before) const {
  return before.at_ != stage::waiting && before.how_ == how_ && how_ != kind::alone;
}

/// Lets in `next`, which somebody stood before, and those behind it, if they may.
void key_order::let_in(pass* next) {
  for (; next && next->at_ == pass::stage::waiting; next = next->newer()) {
    if (next->older() && !next->goes_with(*next->older())) break;
    next->at_ = pass::stage::let_in;
    let_in_.push_back(*next);
  }
  if (!resuming_) resume();
}

/// One that ends while others are resumed leaves it to the loop to go on, rather than to a call within the call.
void key_order::resume() {
  resuming_ = true;
  while (!closed_ && !let_in_.empty()) {
    pass& next = let_in_.front();
    let_in_.pop_front();
    next.at_ = pass::stage::inside;
    if (next.waiter_) next.waiter_.resume();
  }
  resuming_ = false;
}

}  // namespace tandem::tier
