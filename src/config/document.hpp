// From text to a YAML tree: the one place where yaml-cpp's exceptions are caught.
#pragma once

#include "config/diagnostic.hpp"

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string_view>

namespace tandem::config {

/// yaml-cpp's position, counted from 1; the start of the file where it has none.
position position_of(YAML::Mark const& mark);

/// The root of the only document, an empty mapping where the text holds nothing. Nothing after a syntax error,
/// which is reported; what follows the document is reported as well.
std::optional<YAML::Node> parse_document(std::string_view text, findings& found);

}  // namespace tandem::config
