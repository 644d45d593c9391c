#include "config/environment.hpp"

#include "config/mistake.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

namespace tandem::config {

namespace {

bool is_name(std::string_view text) {
  auto const letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  auto const digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && !digit(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || digit(c); });
}

/// `inside` is what stands between the braces.
base::result<std::string> variable(std::string_view inside, environment const& variables) {
  std::size_t const separator = inside.find(":-");
  std::string const name(inside.substr(0, separator));
  if (!is_name(name)) {
    return wrong(
        fmt::format("${{{}}} does not name an environment variable; write ${{NAME}}, ${{NAME:-default}}, or "
                    "$$ for a dollar sign",
                    inside));
  }
  std::optional<std::string> value = variables(name);
  if (separator == std::string_view::npos) {
    if (value) return *std::move(value);
    return wrong(
        fmt::format("environment variable {0} is not set; set it, or write ${{{0}:-default}}", name));
  }
  std::string_view const fallback = inside.substr(separator + 2);
  if (fallback.find("${") != std::string_view::npos) {
    return wrong(
        fmt::format("the default of ${{{}:-...}} holds another variable; write a plain default", name));
  }
  return value && !value->empty() ? *std::move(value) : std::string(fallback);
}

}  // namespace

std::optional<std::string> process_environment(std::string const& name) {
  char const* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

base::result<std::string> expand(std::string_view text, environment const& variables) {
  std::string expanded;
  while (!text.empty()) {
    std::size_t const plain = std::min(text.find('$'), text.size());
    expanded += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.starts_with("${")) {
      std::size_t const end = text.find('}');
      if (end == std::string_view::npos) {  // what follows is not shown: it may be part of a password
        return wrong("\"${\" has no closing brace; write ${NAME}, or $$ for a dollar sign");
      }
      base::result<std::string> const value = variable(text.substr(2, end - 2), variables);
      if (!value) return value.error();
      expanded += *value;
      text.remove_prefix(end + 1);
    } else if (!text.empty()) {
      expanded += '$';
      text.remove_prefix(text.starts_with("$$") ? 2 : 1);
    }
  }
  return expanded;
}

}  // namespace tandem::config
