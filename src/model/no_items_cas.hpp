// A cas that no item has, for answers whose number must not be taken for one that a server would compare.
#pragma once

#include <cstdint>
#include <limits>

namespace tandem::model {

/// The largest number that every client can read.
inline constexpr std::uint64_t no_items_cas = std::numeric_limits<std::int64_t>::max();

}  // namespace tandem::model
