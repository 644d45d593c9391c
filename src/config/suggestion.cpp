#include "config/suggestion.hpp"

#include "config/discretion.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace tandem::config {

namespace {

constexpr std::size_t compared_bytes_max = 100;
constexpr std::size_t shown_max = 30;

/// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before_previous, previous(right.size() + 1), row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      std::size_t const substitution = left[i - 1] == right[j - 1] ? 0 : 1;
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, previous[j - 1] + substitution});
      bool const swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (swapped) row[j] = std::min(row[j], before_previous[j - 2] + 1);
    }
    before_previous = previous;
    previous = row;
  }
  return previous.back();
}

}  // namespace

std::string_view nearest(std::string_view given, std::span<std::string_view const> known) {
  if (given.size() > compared_bytes_max) return {};
  std::string_view best;
  std::size_t fewest = std::max<std::size_t>(1, given.size() / 3) + 1;
  for (std::string_view name : known.first(std::min(known.size(), compared_names_max))) {
    std::size_t const edits = edit_distance(given, name);
    if (edits >= fewest || edits >= name.size()) continue;
    fewest = edits;
    best = name;
  }
  return best;
}

std::string advice_for(std::string_view given, std::span<std::string_view const> known) {
  std::string_view const close = nearest(given, known);
  if (!close.empty()) return fmt::format(", did you mean \"{}\"?", quotable(close));
  std::vector<std::string> shown;  // names that the file gives may hold secrets by mistake
  for (std::string_view each : known.first(std::min(known.size(), shown_max)))
    shown.push_back(quotable(each));
  return fmt::format("; write {}{}{}", known.size() == 1 ? "" : "one of ", fmt::join(shown, ", "),
                     shown.size() < known.size() ? ", ..." : "");
}

}  // namespace tandem::config
