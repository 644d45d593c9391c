#include "net/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

namespace tandem::net {

directory_lock::directory_lock(std::string const& path) {
  constexpr auto pause = std::chrono::milliseconds(5);
  std::filesystem::path const directory = std::filesystem::path(path).parent_path();
  descriptor_ =
      ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor_ < 0) return;
  auto const end = std::chrono::steady_clock::now() + patience;
  while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(pause);
}

directory_lock::~directory_lock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace tandem::net
