// The rows of `stats settings`, in memcached's order. The next name is a line of the table.
#pragma once

#include "frontend/stats.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tandem::frontend {

struct settings_source {
  process_facts const& facts;
  std::uint64_t memory_limit;
  bool detail;  // `stats detail` is on
};

struct settings_row {
  std::string_view name;
  std::string_view fixed;
  std::string (*from)(settings_source const&) = nullptr;  // instead of what is fixed
};

std::span<settings_row const> settings_rows();

}  // namespace tandem::frontend
