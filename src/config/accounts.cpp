#include "config/scalars.hpp"

#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>

#include <charconv>
#include <limits>
#include <optional>

namespace tandem::config {

namespace {

/// The largest one means "unchanged" to the system.
constexpr std::uint32_t id_max = std::numeric_limits<std::uint32_t>::max() - 1;

std::optional<std::uint32_t> as_number(std::string_view text) {
  std::uint32_t number = 0;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool const whole = failure == std::errc() && end == text.data() + text.size();
  return whole && number <= id_max ? std::optional(number) : std::nullopt;
}

base::error unknown(std::string_view text, std::string_view kind) {
  return {base::error_kind::configuration,
          fmt::format("this system has no {0} \"{1}\"; write the name of one, or its number", kind, text)};
}

}  // namespace

base::result<uid_t> parse_user(std::string_view text) {
  if (auto const number = as_number(text)) return *number;
  passwd const* const found = ::getpwnam(std::string(text).c_str());
  if (found == nullptr) return unknown(text, "user");
  return found->pw_uid;
}

base::result<gid_t> parse_group(std::string_view text) {
  if (auto const number = as_number(text)) return *number;
  group const* const found = ::getgrnam(std::string(text).c_str());
  if (found == nullptr) return unknown(text, "group");
  return found->gr_gid;
}

}  // namespace tandem::config
