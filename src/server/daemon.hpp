// The process as a daemon: from the configuration to the exit status, with what signals, socket files and the log have to
// do with it. What serves is process.hpp.
#pragma once

#include "config/configuration.hpp"

#include <string>

namespace tandem::server {

/// Serves until SIGTERM or SIGINT; a second signal ends the drain at once. Gives the process' exit status: 0
/// after a drain, 1 with the reason on standard error where serving could not begin.
int run_daemon(config::configuration const& settings, std::string const& version);

}  // namespace tandem::server
