#include "chaos/daemon_account.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <iterator>

namespace tandem::chaos {

std::size_t descriptors_of(pid_t process) {
  std::filesystem::directory_iterator const all(fmt::format("/proc/{}/fd", process));
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace tandem::chaos
