#pragma once

#include "base/result.hpp"

#include <string>
#include <utility>

namespace tandem::config {

/// What is wrong with a text of the configuration, in words that are put behind the place where it stands.
inline base::error wrong(std::string message) {
  return {base::error_kind::configuration, std::move(message)};
}

}  // namespace tandem::config
