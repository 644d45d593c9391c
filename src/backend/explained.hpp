// A server in the words of `explain`.
#pragma once

#include "model/route.hpp"
#include "net/link_set.hpp"

#include <string>

namespace tandem::backend {

/// Adds a server, called `name`, to where the key goes; where `now` is asked for, with how it stands, unless all is well.
template <class Server>
void explain_server(Server const& one, std::string const& name, std::string_view key,
                    model::explanation& where) {
  where.destination += "server " + name;
  if (where.of != model::explanation::scope::now) return;
  net::standing const how = one.standing_for(key);
  where.serves = how.serves;
  if (!how.words.empty()) where.destination += " (" + how.words + ")";
}

}  // namespace tandem::backend
