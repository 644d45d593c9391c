// How many cores this process may use: the scheduler's affinity mask, bounded by the container's CPU quota
// (cgroup v2 cpu.max, or v1 cpu.cfs_quota_us and cpu.cfs_period_us), rounded up, at least one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>

namespace tandem::server {

std::size_t usable_cores();

/// Cores that the content of a cgroup v2 cpu.max file grants; none where it says "max" or makes no sense.
std::optional<std::size_t> cores_of_cpu_max(std::string_view content);

/// The same for the contents of the two files of cgroup v1.
std::optional<std::size_t> cores_of_cfs_quota(std::string_view quota_us, std::string_view period_us);

}  // namespace tandem::server
