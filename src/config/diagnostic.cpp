#include "config/diagnostic.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace tandem::config {

namespace {

diagnostics take_sorted(diagnostics& list) {
  std::ranges::stable_sort(list, {}, [](diagnostic const& each) { return position{each.line, each.column}; });
  return std::exchange(list, {});
}

}  // namespace

std::string diagnostic::str() const {
  if (line == 0) return fmt::format("{}: {}", file, message);
  return fmt::format("{}:{}:{}: {}", file, line, column, message);
}

diagnostics findings::take_errors() { return take_sorted(errors_); }

diagnostics findings::take_warnings() { return take_sorted(warnings_); }

void findings::add(diagnostics& list, position at, std::string message) {
  list.push_back({file_, at.line, at.column, std::move(message)});
}

}  // namespace tandem::config
