// What a backend is told whose item is outdated, whatever the client's own request would leave in its place.
#pragma once

#include "model/request.hpp"

#include <utility>

namespace tandem::routing {

/// On behalf of nobody in particular.
inline model::request plain_removal(base::slice key) {
  model::request made;
  made.command = model::verb::remove;
  made.wanted = model::want::nothing;
  made.key = std::move(key);
  return made;
}

inline model::request plain_removal(model::request const& asked) {
  model::request made = plain_removal(asked.key);
  made.client = asked.client;
  return made;
}

}  // namespace tandem::routing
