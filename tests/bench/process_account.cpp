#include "bench/process_account.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace tandem::bench {

namespace {

std::uint64_t cpu_ns_of(std::filesystem::path const& directory) {
  std::uint64_t sum = 0;
  for (auto const& thread : std::filesystem::directory_iterator(directory / "task")) {
    std::uint64_t spent = 0;
    std::ifstream(thread.path() / "schedstat") >> spent;
    sum += spent;
  }
  return sum;
}

}  // namespace

process_account account_of(pid_t process) {
  std::filesystem::path const directory = fmt::format("/proc/{}", process);
  std::ifstream status(directory / "status");
  if (!status) throw std::runtime_error(fmt::format("process {} has ended", process));
  process_account found;
  for (std::string word; status >> word;) {
    if (word == "VmRSS:") status >> found.resident_kib;
    if (word == "VmHWM:") status >> found.peak_kib;
  }
  found.cpu_ns = cpu_ns_of(directory);
  return found;
}

}  // namespace tandem::bench
