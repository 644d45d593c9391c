// What a backend is told whose item is outdated, whatever the client's own request would leave in its place.
#pragma once

#include "model/request.hpp"

namespace tandem::routing {

inline model::request plain_removal(model::request const& asked) {
  model::request made;
  made.command = model::verb::remove;
  made.wanted = model::want::nothing;
  made.key = asked.key;
  made.client = asked.client;
  return made;
}

}  // namespace tandem::routing
