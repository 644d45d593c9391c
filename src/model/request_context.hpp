// What goes with a request on its way through the routes, beside what is asked: the clock, and how long there is.
//
// The deadline is set once, by the rule that takes the request, counted from its arrival. Whatever waits, asks again or asks
// somebody else spends what is left of it. What nobody waits for (fills, replays, flushes that were put off) has none, and
// ends by the time-outs of those that it asks.
#pragma once

#include "base/clock.hpp"

#include <chrono>

namespace tandem::model {

inline constexpr base::time_point no_deadline = base::time_point::max();

struct request_context {
  base::clock const& clock;
  base::time_point deadline = no_deadline;
  bool of_authority = false;  // what is read is to be what the last write left: no replica answers

  bool has_deadline() const { return deadline != no_deadline; }

  /// Of all attempts that begin at `started`, if one may take as long as `longest`: without a deadline all have to do with
  /// the time of one.
  base::time_point end_of_attempts(base::time_point started, base::duration longest) const {
    return has_deadline() ? deadline : started + longest;
  }

  /// For whoever is asked while somebody else is to have some time left: so much of what there is, between 0 and 1.
  request_context share(double part) const {
    if (!has_deadline()) return *this;
    base::time_point const now = clock.now();
    request_context made = *this;
    made.deadline = now + std::chrono::duration_cast<base::duration>((deadline - now) * part);
    return made;
  }
};

}  // namespace tandem::model
