// Where the write-back queue keeps what it holds beyond the end of the process. The journal on disk is one; tests
// have their own.
#pragma once

#include "base/callback.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tandem::tier {

/// A value that L2 does not have yet. Plain strings: it goes from thread to thread.
struct unwritten_item {
  std::string key;
  std::string value;
  std::uint32_t flags = 0;
  std::int64_t expires_at = 0;  // Unix time in seconds; 0: never
  std::uint64_t version = 0;    // grows with every write of the process, and on through restarts
};

class write_log {
 public:
  /// Called once, on any thread, with whether it was done. It must not block.
  using told = base::callback<bool>;

  virtual ~write_log() = default;

  /// Keeps the item in place of any older version. `done` is told true once no end of the process can lose it.
  virtual void put(std::shared_ptr<unwritten_item const> item, told done) = 0;

  /// Forgets the item of that key, if it is of `version` or older. `done` is told true once it cannot come back.
  virtual void remove(std::string const& key, std::uint64_t version, told done) = 0;
};

}  // namespace tandem::tier
