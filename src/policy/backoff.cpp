#include "policy/backoff.hpp"

#include <algorithm>

namespace tandem::policy {

base::duration backoff::pause(unsigned failures, std::uint32_t random) const {
  constexpr unsigned doublings_max = 30;
  base::duration whole = min_;
  for (unsigned doubled = 0; doubled < std::min(failures, doublings_max) && whole < max_; ++doubled)
    whole *= 2;
  whole = std::min(whole, max_);
  auto const half = whole / 2;
  return half +
         base::duration(static_cast<std::int64_t>(static_cast<double>(half.count()) * random / 4294967295.0));
}

}  // namespace tandem::policy
