// What the kernel says about this process, under the names that Prometheus' own client libraries use. Read
// from /proc/self at each scrape; what cannot be read is left out.
#pragma once

#include "metrics/registry.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tandem::metrics {

/// Of /proc/PID/stat, see proc(5).
struct process_stat {
  std::uint64_t cpu_ticks = 0;    // user and system
  std::uint64_t start_ticks = 0;  // since the machine's start
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
};

std::optional<process_stat> parse_process_stat(std::string_view line);

/// When the machine started, in seconds since the Unix epoch: the line `btime` of /proc/stat.
std::optional<std::uint64_t> parse_boot_time(std::string_view text);

std::vector<sample> process_samples();

}  // namespace tandem::metrics
