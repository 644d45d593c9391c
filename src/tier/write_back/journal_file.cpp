#include "tier/write_back/journal_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace tandem::tier {

journal_file::~journal_file() {
  if (is_open()) ::close(descriptor_);
}

int journal_file::write_at(std::uint64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    ssize_t const written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return 0;
}

int journal_file::sync() const { return ::fdatasync(descriptor_) == 0 ? 0 : errno; }

int sync_directory(char const* path) {
  journal_file const directory(::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return errno;
  return ::fsync(directory.descriptor()) == 0 ? 0 : errno;
}

}  // namespace tandem::tier
