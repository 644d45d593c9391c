// A rule's bounds on the time to live, applied to an expiration time as the client gave it.
#pragma once

#include "model/exptime.hpp"

#include <cstdint>

namespace tandem::routing {

struct ttl_bounds {
  std::int64_t max = 0;           // seconds; 0: no bound
  std::int64_t default_time = 0;  // seconds, where the client asks for none; 0: never expires

  bool none() const { return max == 0 && default_time == 0; }

  /// What is already expired stays so. `unix_now` is in seconds.
  model::exptime apply(model::exptime asked, std::int64_t unix_now) const {
    if (asked.never() && default_time != 0) asked = model::exptime::in(default_time, unix_now);
    if (max == 0 || asked.expired(unix_now)) return asked;
    bool const within = !asked.never() && asked.remaining(unix_now) <= max;
    return within ? asked : model::exptime::in(max, unix_now);
  }
};

}  // namespace tandem::routing
