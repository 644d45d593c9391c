#include "config/file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

namespace tandem::config {

base::result<std::string> read_file(std::filesystem::path const& path, std::size_t bytes_max) {
  auto const close = [](std::FILE* open) { std::fclose(open); };
  auto const failed = [](std::string message) {
    return base::error{base::error_kind::configuration, std::move(message)};
  };
  std::unique_ptr<std::FILE, decltype(close)> const file(std::fopen(path.c_str(), "rb"), close);
  if (!file) return failed(fmt::format("cannot be read: {}", std::strerror(errno)));
  std::string content(bytes_max + 1, '\0');
  content.resize(std::fread(content.data(), 1, content.size(), file.get()));
  if (std::ferror(file.get())) return failed(fmt::format("cannot be read: {}", std::strerror(errno)));
  if (content.size() > bytes_max) {
    std::error_code unknown;
    std::uintmax_t const size =
        std::max<std::uintmax_t>(content.size(), std::filesystem::file_size(path, unknown));
    return failed(
        fmt::format("is too large: it has {} bytes, {} at most", unknown ? content.size() : size, bytes_max));
  }
  return content;
}

}  // namespace tandem::config
