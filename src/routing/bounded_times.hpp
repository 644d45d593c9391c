// The times to live that a request gives, within bounds: of what it stores, touches or leaves behind, and of what it makes
// where there is nothing.
#pragma once

#include "model/request.hpp"
#include "model/request_context.hpp"
#include "routing/ttl_bounds.hpp"

#include <optional>

namespace tandem::routing {

struct times {
  model::exptime expires;
  std::optional<model::exptime> vivify;
};

/// What gives no time stays as it is.
times bounded_times(ttl_bounds const& by, model::request const& asked, model::request_context const& context);

}  // namespace tandem::routing
