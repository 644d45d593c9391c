// Exponential backoff with full jitter over its upper half, so that clients which lost one server together do
// not come back together.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstdint>

namespace tandem::policy {

class backoff {
 public:
  backoff(base::duration min, base::duration max) : min_(min), max_(max) {}

  /// The pause after `failures` failures in a row (0: the first one): min * 2^failures, at most max, of which
  /// a random part between a half and the whole is taken. `random` is uniform over all values.
  base::duration pause(unsigned failures, std::uint32_t random) const;

 private:
  base::duration min_;
  base::duration max_;
};

}  // namespace tandem::policy
