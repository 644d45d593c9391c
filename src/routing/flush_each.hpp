// A flush of several backends.
#pragma once

#include "model/route.hpp"

#include <vector>

namespace tandem::routing {

/// Asks all of them at once; there is at least one. The first failure is the answer.
base::task<model::response> flush_each(std::vector<model::route*> const& all, model::request const& asked,
                                       model::request_context& context);

}  // namespace tandem::routing
