// Where a key goes, in the words of several routes of which a composition asks some.
#pragma once

#include "model/route.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tandem::routing {

/// What each of them says of the key, one after another with `between` between them.
std::string explained(std::vector<model::route*> const& all, std::string_view key, std::string_view between);

}  // namespace tandem::routing
