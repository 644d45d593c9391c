#include "server/cores.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

namespace tandem::server {
namespace {

std::optional<long> number_of(std::string_view text) {
  long value = 0;
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc()) return std::nullopt;
  return value;
}

std::string content_of(std::filesystem::path const& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::size_t cores_by_affinity() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return static_cast<std::size_t>(std::max(CPU_COUNT(&allowed), 1));
}

std::optional<std::size_t> cores_by_quota() {
  if (auto const cores = cores_of_cpu_max(content_of("/sys/fs/cgroup/cpu.max"))) return cores;
  return cores_of_cfs_quota(content_of("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
                            content_of("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
}

}  // namespace

std::optional<std::size_t> cores_of_cfs_quota(std::string_view quota_us, std::string_view period_us) {
  auto const quota = number_of(quota_us);
  auto const period = number_of(period_us);
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return static_cast<std::size_t>((*quota + *period - 1) / *period);
}

std::optional<std::size_t> cores_of_cpu_max(std::string_view content) {
  std::size_t const space = content.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  return cores_of_cfs_quota(content.substr(0, space), content.substr(space + 1));
}

std::size_t usable_cores() {
  std::size_t const allowed = cores_by_affinity();
  return std::max<std::size_t>(std::min(allowed, cores_by_quota().value_or(allowed)), 1);
}

}  // namespace tandem::server
