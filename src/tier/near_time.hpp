// How long an item may stay in L1: as long as its client said, and no longer than l1_ttl.
#pragma once

#include "base/clock.hpp"
#include "model/exptime.hpp"

#include <chrono>

namespace tandem::tier {

/// In whole seconds; the part of one that is under way is not taken from an item's time.
inline std::int64_t unix_seconds(base::clock const& clock) { return (clock.unix_ms() + 999) / 1000; }

inline model::exptime near_time(model::exptime asked, std::chrono::seconds l1_ttl, base::clock const& clock) {
  std::int64_t const now = unix_seconds(clock);
  bool const sooner = asked.expired(now) || (!asked.never() && asked.remaining(now) < l1_ttl.count());
  if (sooner) return asked;
  return model::exptime::in(l1_ttl.count(), now);
}

}  // namespace tandem::tier
