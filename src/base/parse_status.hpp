// What a parser of a peer's bytes makes of those that have come so far.
#pragma once

#include <cstdint>

namespace tandem::base {

enum class parse_status : std::uint8_t {
  need_more,  // what is there is a beginning, or nothing
  complete,   // an item was found, and taken off the input
  garbage,    // no byte of this peer can be trusted any more
};

}  // namespace tandem::base
