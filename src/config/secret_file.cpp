#include "config/secret_file.hpp"

#include "config/file.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

namespace tandem::config {
namespace {

constexpr std::size_t secret_bytes_max = 4096;

base::result<std::string> read_secret(std::filesystem::path const& path) {
  base::result<std::string> content = read_file(path, secret_bytes_max);
  if (!content)
    return base::error{content.error().kind,
                       content.error().message + "; create it, or mend its permissions"};
  if (content->ends_with('\n')) content->pop_back();
  if (content->ends_with('\r')) content->pop_back();
  if (content->empty())
    return base::error{base::error_kind::configuration, "is empty; write the password into it"};
  return content;
}

/// While clients are served: nothing that would keep its reader waiting, such as a pipe.
base::result<std::string> read_secret_again(std::filesystem::path const& path) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path, unknown))
    return base::error{base::error_kind::configuration, "is no file that can be read again; create it"};
  return read_secret(path);
}

}  // namespace

base::secret read_secret_file(node const& named) {
  std::optional<std::string> const name = named.text("a file name");
  if (!name) return {};
  if (name->empty()) {
    named.error("is empty; write a file name");
    return {};
  }
  std::filesystem::path const path = named.shared().directory / *name;
  base::result<std::string> content = read_secret(path);
  if (!content) {
    named.error(content.error().message);
    return {};
  }
  return base::secret("password_file " + path.string(), *std::move(content),
                      [path] { return read_secret_again(path); });
}

}  // namespace tandem::config
