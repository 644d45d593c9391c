// A cas is a number of one backend. Where another answers than the one which compares them, its answers tell a number that
// no item has, so that none of them is taken for one of the other's.
#pragma once

#include "model/request.hpp"
#include "model/response.hpp"

#include <cstdint>
#include <limits>

namespace tandem::routing {

/// The largest number that every client can read.
inline constexpr std::uint64_t no_items_cas = std::numeric_limits<std::int64_t>::max();

/// Whether the request is for the backend alone whose numbers clients know.
inline bool is_bound_by_cas(model::request const& asked) {
  return model::compares_cas(asked) || asked.command == model::verb::cas || asked.generation != 0;
}

inline model::response with_foreign_cas(model::response given) {
  if (given.cas != 0) given.cas = no_items_cas;
  given.generation = 0;
  return given;
}

}  // namespace tandem::routing
