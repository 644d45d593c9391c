// What clients are told of a failure.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace tandem::backend {

/// At a server or a backend, of which `label` is the name. A limit of Tandem's is no fault of the server, and the first word says so.
inline std::string told(std::string_view label, base::error const& of) {
  std::string const words = std::string(label) + ": " + of.message;
  return of.kind == base::error_kind::overload ? "overloaded: " + words : words;
}

}  // namespace tandem::backend
