#include "consistency/history.hpp"

#include <fmt/format.h>

#include <array>

namespace tandem::consistency {

std::string to_line(operation const& from) {
  constexpr std::array<char const*, 4> kinds{"read", "write", "remove", "add_to"};
  constexpr std::array<char const*, 3> outcomes{"done", "unchanged", "unknown"};
  std::string const argument =
      from.what == kind::add_to ? std::to_string(from.amount) : from.value.value_or("(none)");
  return fmt::format("{:>10} {:>10} client {} {} {} {} {}", from.start, from.end, from.client,
                     kinds.at(static_cast<std::size_t>(from.what)), from.key, argument,
                     outcomes.at(static_cast<std::size_t>(from.how)));
}

void recorder::add(operation done) {
  std::lock_guard const lock(mutex_);
  history_.push_back(std::move(done));
}

std::vector<operation> recorder::history() const {
  std::lock_guard const lock(mutex_);
  return history_;
}

}  // namespace tandem::consistency
