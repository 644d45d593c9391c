// What a value that does not come from L2 looks like in L1, and how long it may stay there: as long as its client said, and
// no longer than l1_ttl.
#pragma once

#include "base/clock.hpp"
#include "model/request.hpp"
#include "tier/near_item.hpp"

#include <chrono>

namespace tandem::tier {

/// In whole seconds; the part of one that is under way is not taken from an item's time.
inline std::int64_t unix_seconds(base::clock const& clock) { return (clock.unix_ms() + 999) / 1000; }

inline model::exptime near_time(model::exptime asked, std::chrono::seconds l1_ttl, base::clock const& clock) {
  std::int64_t const now = unix_seconds(clock);
  bool const sooner = asked.expired(now) || (!asked.never() && asked.remaining(now) < l1_ttl.count());
  if (sooner) return asked;
  bool const fits = l1_ttl.count() <= model::exptime::relative_max;
  return model::exptime(fits ? l1_ttl.count() : now + l1_ttl.count());
}

struct near_form {
  std::chrono::seconds l1_ttl{60};
  bool framed = false;  // with leases (near_item.hpp); L2's cas is unknown

  void apply(model::request& set, base::clock const& clock) const {
    set.expires = near_time(set.expires, l1_ttl, clock);
    if (framed) set.value = make_near_item(0, set.value);
  }
};

}  // namespace tandem::tier
