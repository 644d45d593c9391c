// `tandem explain`: for each key the rule, the backend, and the server or slot, without asking any server. Who tells the
// servers of a pool that lists none is asked once.
#pragma once

#include "config/configuration.hpp"

#include <string>
#include <vector>

namespace tandem::server {

/// Prints one line per key to standard output. Gives the exit status: 1 where a key matches no rule.
int explain_keys(config::configuration const& settings, std::vector<std::string> const& keys);

/// Builds what process::make() would build, and connects to nothing. Gives the error message, or none.
std::string check_routes(config::configuration const& settings);

}  // namespace tandem::server
