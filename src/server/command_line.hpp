// The command line: what is asked for, checked and carried out.
#pragma once

#include <string>

namespace tandem::server {

/// Everything between main() and the exit status.
int run_command_line(int count, char const* const* arguments, std::string const& version);

}  // namespace tandem::server
