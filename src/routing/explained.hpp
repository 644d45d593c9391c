// Where a key goes, in the words of several routes of which a composition asks some.
#pragma once

#include "model/route.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tandem::routing {

struct explained_one {
  std::string words;
  bool serves;  // see model::explanation
};

/// What each of them says of the key.
std::vector<explained_one> explained(std::vector<model::route*> const& all, std::string_view key,
                                     model::explanation::scope of);

/// One after another.
std::string joined(std::vector<explained_one> const& all, std::string_view between);

}  // namespace tandem::routing
