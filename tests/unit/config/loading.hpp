// Loads configurations that tests write in place, with an environment of their own.
#pragma once

#include "config/load.hpp"
#include "support/catch.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::config {

inline load_result load(std::string_view yaml, std::map<std::string, std::string> const& variables = {}) {
  return load_text(yaml, "t.yaml", [&](std::string const& name) -> std::optional<std::string> {
    auto const found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

inline std::vector<std::string> as_text(diagnostics const& list) {
  std::vector<std::string> lines;
  for (diagnostic const& each : list) lines.push_back(each.str());
  return lines;
}

/// Every error as it is printed; none for a good file.
inline std::vector<std::string> errors_of(std::string_view yaml,
                                          std::map<std::string, std::string> const& variables = {}) {
  load_result const result = load(yaml, variables);
  return result ? std::vector<std::string>() : as_text(result.error());
}

/// A configuration that must be good.
inline configuration good(std::string_view yaml, std::map<std::string, std::string> const& variables = {}) {
  load_result result = load(yaml, variables);
  if (!result) {
    for (std::string const& line : as_text(result.error())) UNSCOPED_INFO(line);
    FAIL("the configuration has errors");
  }
  return *std::move(result);
}

/// What makes a file of a single section whole; stands below that section.
inline std::string const memory_backend = "\nbackends: {m: {memory: {}}}\nroutes: [{to: m}]\n";

/// One bad input, and all that must be said about it.
struct bad_input {
  std::string yaml;
  std::vector<std::string> errors;
};

inline void check_each(std::vector<bad_input> const& inputs) {
  for (bad_input const& each : inputs) {
    CAPTURE(each.yaml);
    CHECK(errors_of(each.yaml) == each.errors);
  }
}

}  // namespace tandem::config
