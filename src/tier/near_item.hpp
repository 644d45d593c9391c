// What an item looks like in L1 when L1 belongs to Tandem (`lease` is on). The frame carries L2's cas, so that a hit
// answers `gets` and every binary get, and tells what L2 does not have from an item that is empty.
//
//   0x9D 'i' | L2's cas, 8 bytes, big endian; 0: unknown | the value
//   0x9D 's' | L2's cas | when it is old, in milliseconds of Unix time, 8 bytes, big endian | the value
//   0x9D 'n'                                             L2 has nothing
//
// With `stale_for` an item stays in L1 for that much longer than it is good for. What is old is told by the item, so that no
// Tandem takes it for a good one, whatever its own configuration says.
//
// Anything else was left by somebody else, and is treated like an item marked as stale. The client's flags are the
// item's own. With `lease: off` values are bare.
#pragma once

#include "base/slice.hpp"

#include <cstddef>
#include <cstdint>

namespace tandem::tier {

/// Bytes before the value, at most.
inline constexpr std::size_t near_header_bytes = 18;

struct near_item {
  enum class kind : std::uint8_t { item, nothing, foreign };

  kind what = kind::foreign;
  std::uint64_t cas = 0;
  base::slice value;
  std::int64_t old_at_ms = 0;  // of Unix time; 0: it is as good as it was while it is there
};

near_item read_near_item(base::slice const& stored);

/// The value is copied; L1's values are at most as large as a client's.
base::slice make_near_item(std::uint64_t cas, base::slice const& value, std::int64_t old_at_ms = 0);

base::slice make_near_nothing();

}  // namespace tandem::tier
