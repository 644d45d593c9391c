// What a rule says of the structure under its keys.
#pragma once

#include "config/configuration.hpp"
#include "config/section_reader.hpp"

#include <vector>

namespace tandem::config {

/// Reads `as`, `separator` and `answer_max` into a rule that is read otherwise.
void read_structure(section_reader const& keys, std::vector<backend_options> const& backends,
                    routing::rule_options& rule);

}  // namespace tandem::config
