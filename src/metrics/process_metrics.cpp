#include "metrics/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tandem::metrics {
namespace {

std::string contents(char const* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The text up to the next space or line end, which is taken off `rest`.
std::string_view next_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \n"), rest.size()));
  std::string_view const word = rest.substr(0, rest.find_first_of(" \n"));
  rest.remove_prefix(word.size());
  return word;
}

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// Does not change while the process lives, and /proc/stat is long on large machines.
std::optional<std::uint64_t> boot_time() {
  static std::optional<std::uint64_t> const read = parse_boot_time(contents("/proc/stat"));
  return read;
}

std::optional<std::uint64_t> open_descriptors() {
  std::error_code failed;
  std::uint64_t listed = 0;
  std::filesystem::directory_iterator entry("/proc/self/fd", failed);
  for (; !failed && entry != std::filesystem::directory_iterator{}; entry.increment(failed)) ++listed;
  if (failed || listed == 0) return std::nullopt;
  return listed - 1;  // without the one that read the directory
}

void add_stat(std::vector<sample>& into, process_stat const& stat) {
  auto const ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  auto const page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  into.push_back({&process_cpu_seconds_total, {}, static_cast<double>(stat.cpu_ticks) / ticks_per_second});
  into.push_back({&process_resident_memory_bytes, {}, static_cast<double>(stat.resident_pages) * page_bytes});
  into.push_back({&process_virtual_memory_bytes, {}, static_cast<double>(stat.virtual_bytes)});
  if (auto const booted = boot_time()) {
    double const started =
        static_cast<double>(*booted) + static_cast<double>(stat.start_ticks) / ticks_per_second;
    into.push_back({&process_start_time_seconds, {}, started});
  }
}

}  // namespace

std::optional<process_stat> parse_process_stat(std::string_view line) {
  // The second field is the program's name in parentheses, and may itself hold spaces and parentheses.
  auto const name_end = line.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(name_end + 1);

  // proc(5) counts fields from 1; the first one after the name is the third.
  constexpr std::size_t first = 3, utime = 14, stime = 15, starttime = 22, vsize = 23, rss = 24;
  std::array<std::optional<std::uint64_t>, rss + 1> fields;
  for (std::size_t field = first; field <= rss; ++field) fields[field] = number(next_word(rest));
  for (std::size_t const field : {utime, stime, starttime, vsize, rss})
    if (!fields[field]) return std::nullopt;
  return process_stat{.cpu_ticks = *fields[utime] + *fields[stime],
                      .start_ticks = *fields[starttime],
                      .virtual_bytes = *fields[vsize],
                      .resident_pages = *fields[rss]};
}

std::optional<std::uint64_t> parse_boot_time(std::string_view text) {
  constexpr std::string_view name = "\nbtime ";
  auto const found = text.find(name);
  if (found == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(found + name.size());
  return number(next_word(rest));
}

std::vector<sample> process_samples() {
  std::vector<sample> all;
  if (auto const stat = parse_process_stat(contents("/proc/self/stat"))) add_stat(all, *stat);
  if (auto const open = open_descriptors())
    all.push_back({&process_open_fds, {}, static_cast<double>(*open)});
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) == 0)
    all.push_back({&process_max_fds, {}, static_cast<double>(descriptors.rlim_cur)});
  return all;
}

}  // namespace tandem::metrics
