// `${NAME}` and `${NAME:-default}` inside the file's values.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::config {

/// The value of an environment variable, or nothing where it is unset.
using environment = std::function<std::optional<std::string>(std::string const& name)>;

/// The environment of this process.
std::optional<std::string> process_environment(std::string const& name);

/// Replaces `${NAME}` by the variable, which must be set; `${NAME:-default}` by the default where the
/// variable is unset or empty, as a shell does; and `$$` by one dollar sign. Any other dollar sign stays, so
/// that a regular expression may end with one. What a variable holds is not expanded again.
base::result<std::string> expand(std::string_view text, environment const& variables);

}  // namespace tandem::config
