// Whether a rule's pattern is well formed. Routing compiles patterns again and has the last word; here they are checked so
// that a fault has its line and column, beside all others of the file.
#pragma once

#include <cstddef>
#include <string>

namespace tandem::config {

/// What is wrong with the pattern; empty where nothing is.
std::string glob_fault(std::string const& pattern);
std::string regex_fault(std::string const& pattern);

/// What every key that a regex matches begins with, and not longer than `bytes_max`: empty where it is found anywhere. A regex that is wrong has none.
std::string regex_beginning(std::string const& pattern, std::size_t bytes_max);

}  // namespace tandem::config
