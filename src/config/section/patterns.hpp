// Whether a rule's pattern is well formed, by the grammar of routing. Routing compiles patterns again and has
// the last word; here they are checked so that a fault has its line and column, beside all others of the file.
#pragma once

#include <string>

namespace tandem::config {

/// What is wrong with the pattern; empty where nothing is.
std::string glob_fault(std::string const& pattern);
std::string regex_fault(std::string const& pattern);

}  // namespace tandem::config
