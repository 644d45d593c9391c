// Descriptors of the journal, and how bytes come into its file. Errors are those of errno; 0: none.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

namespace tandem::tier {

/// Closes what it holds.
class journal_file {
 public:
  journal_file() = default;
  explicit journal_file(int descriptor) : descriptor_(descriptor) {}
  ~journal_file();
  journal_file(journal_file&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  journal_file& operator=(journal_file&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

  int write_at(std::uint64_t offset, std::string_view bytes) const;
  int sync() const;

 private:
  int descriptor_ = -1;
};

/// Makes what has happened to the names in a directory outlive a power cut.
int sync_directory(char const* path);

}  // namespace tandem::tier
