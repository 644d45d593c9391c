// Where keys go: for each the rule, the backend, and the server or slot, without asking any server. `tandem explain` says it of a
// configuration, and asks once who tells the servers of a pool that lists none; a worker, of its tree at this moment.
#pragma once

#include "config/configuration.hpp"
#include "model/route.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tandem::server {

struct explained_key {
  std::string line;  // without its end
  bool has_rule;
};

/// `root` is a tree's.
explained_key explain_key(model::route const& root, std::string_view key, model::explanation::scope of);

/// Prints one line per key to standard output. Gives the exit status: 1 where a key matches no rule.
int explain_keys(config::configuration const& settings, std::vector<std::string> const& keys);

/// Builds what process::make() would build, and connects to nothing. Gives the error message, or none.
std::string check_routes(config::configuration const& settings);

}  // namespace tandem::server
