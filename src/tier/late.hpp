// What a failed answer leaves open.
#pragma once

#include "model/response.hpp"

namespace tandem::tier {

/// Whether L2 may execute the request after it failed.
inline bool may_come_late(model::response const& answer) {
  if (answer.status != model::status::server_error) return false;
  switch (answer.failure) {
    case base::error_kind::timeout:
    case base::error_kind::connection_lost:
    case base::error_kind::bad_reply: return true;
    case base::error_kind::configuration:
    case base::error_kind::connect:
    case base::error_kind::refused:
    case base::error_kind::overload: return false;
  }
  return false;
}

}  // namespace tandem::tier
