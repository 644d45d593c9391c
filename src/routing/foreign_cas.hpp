// A cas is a number of one backend. Where another answers than the one which compares them, its answers tell a number that
// no item has, so that none of them is taken for one of the other's.
#pragma once

#include "model/no_items_cas.hpp"
#include "model/request.hpp"
#include "model/response.hpp"

namespace tandem::routing {

using model::no_items_cas;

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
