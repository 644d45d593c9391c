// The answer to a flag of the meta protocol that a backend has no way to honour: never ignored in silence.
#pragma once

#include "model/response.hpp"

#include <string>
#include <string_view>

namespace tandem::backend {

inline model::response flag_refusal(char flag, std::string_view backend) {
  return model::response::client_error(
      std::string("flag ").append(1, flag).append(" is not possible for backend ").append(backend));
}

}  // namespace tandem::backend
