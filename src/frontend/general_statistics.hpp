// The rows of the general `stats`, in memcached's order: where each comes from, and whether `stats reset` resets
// it. The next name is a line of the table.
#pragma once

#include "frontend/stats.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tandem::frontend {

/// Everything that the rows are made from, gathered once for all of them.
struct general_statistics {
  tally_sums tallies;
  process_facts const& facts;
  std::int64_t now_ms = 0;
  std::int64_t uptime_s = 0;
  std::uint64_t user_us = 0;  // processor time
  std::uint64_t system_us = 0;
  std::uint64_t connections = 0;
  std::uint64_t connections_total = 0;
  std::uint64_t rejected_total = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t buffer_bytes = 0;
  std::uint64_t memory_limit = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_items = 0;
  std::uint64_t memory_evictions = 0;
  std::uint64_t memory_expirations = 0;
};

enum class counts_from : std::uint8_t { start, reset };

struct general_row {
  std::string_view name;
  std::uint64_t (*number)(general_statistics const&) = nullptr;
  counts_from since = counts_from::start;
  std::string (*words)(general_statistics const&) = nullptr;  // instead of a number
};

std::span<general_row const> general_rows();

}  // namespace tandem::frontend
