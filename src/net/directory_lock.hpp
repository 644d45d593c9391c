// Lets one process at a time decide about a name in a directory: whoever replaces what another has left there must not take
// for left what a third is just making. The directory itself is locked, so no file stays behind.
#pragma once

#include <chrono>
#include <string>

namespace tandem::net {

class directory_lock {
 public:
  /// Nobody needs it for longer than a few system calls. Whoever locks the directory for reasons of their own is not
  /// waited for, nor is a directory that cannot be read: then nothing is locked.
  static constexpr auto patience = std::chrono::milliseconds(1000);

  /// Waits for the directory that `path` is in; blocks the thread.
  explicit directory_lock(std::string const& path);
  ~directory_lock();
  directory_lock(directory_lock const&) = delete;
  directory_lock& operator=(directory_lock const&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace tandem::net
