// POST /invalidate: each line of the body is a key, or a prefix and *, that L1 is to answer no longer.
#pragma once

#include "admin/page.hpp"
#include "base/clock.hpp"
#include "model/invalidation.hpp"

#include <functional>

namespace tandem::admin {

enum class permission : std::uint8_t { refused, given };

/// `tell` is called for each line, in order, once all of them have been found to be right. 403 without permission, 400
/// with the first line that is wrong; 202 means that it is being done.
page invalidation_page(permission allowed, base::clock const& clock,
                       std::function<void(model::invalidation const&)> tell);

}  // namespace tandem::admin
