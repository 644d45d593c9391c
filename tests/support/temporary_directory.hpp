// A directory of its own for a server or a test, removed with all that it holds.
#pragma once

#include <filesystem>
#include <string_view>

namespace tandem::test {

class temporary_directory {
 public:
  explicit temporary_directory(std::filesystem::path const& parent = std::filesystem::temp_directory_path());
  ~temporary_directory();
  temporary_directory(temporary_directory const&) = delete;
  temporary_directory& operator=(temporary_directory const&) = delete;

  std::filesystem::path const& path() const { return path_; }

  /// Writes a file of this name into the directory, and gives its path.
  std::filesystem::path write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

/// The whole content of a file; empty if there is none.
std::string content_of(std::filesystem::path const& file);

}  // namespace tandem::test
