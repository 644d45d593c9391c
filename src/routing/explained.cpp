#include "routing/explained.hpp"

#include <fmt/core.h>

namespace tandem::routing {

std::string explained(std::vector<model::route*> const& all, std::string_view key, std::string_view between) {
  std::string words;
  for (model::route const* const each : all) {
    model::explanation where;
    where.key = key;
    each->explain(key, where);
    if (!words.empty()) words += between;
    words += fmt::format("{}, {}", where.backend, where.destination);
    if (where.key != key) words += fmt::format(" as \"{}\"", where.key);
  }
  return words;
}

}  // namespace tandem::routing
