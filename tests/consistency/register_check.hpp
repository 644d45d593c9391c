// The checker's part for registers; see checker.hpp.
#pragma once

#include "consistency/checker.hpp"
#include "consistency/settling.hpp"

#include <vector>

namespace tandem::consistency {

/// Operations of one key, in any order.
verdict check_register(std::vector<operation> const& operations, settling const& when);

}  // namespace tandem::consistency
