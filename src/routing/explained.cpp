#include "routing/explained.hpp"

#include <fmt/core.h>

namespace tandem::routing {

std::vector<explained_one> explained(std::vector<model::route*> const& all, std::string_view key,
                                     model::explanation::scope of) {
  std::vector<explained_one> said;
  for (model::route const* const each : all) {
    model::explanation where;
    where.of = of;
    where.key = key;
    each->explain(key, where);
    std::string words = fmt::format("{}, {}", where.backend, where.destination);
    if (where.key != key) words += fmt::format(" as \"{}\"", where.key);
    said.push_back({std::move(words), where.serves});
  }
  return said;
}

std::string joined(std::vector<explained_one> const& all, std::string_view between) {
  std::string words;
  for (explained_one const& each : all) {
    if (!words.empty()) words += between;
    words += each.words;
  }
  return words;
}

}  // namespace tandem::routing
