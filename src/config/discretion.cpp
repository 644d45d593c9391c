#include "config/discretion.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace tandem::config {

namespace {

using pieces = std::vector<std::string_view>;

constexpr std::string_view mask = "***";

constexpr char secret_word[] = "(?i)(password|passwd|passphrase|secret|token|credential)";
constexpr char secret_after_word[] =
    "(?is)(?:password|passwd|passphrase|secret|token|credential)[a-z_]*['\"]?\\s*[:=]\\s*(.+)";

re2::RE2 const& compiled_after_word() {
  static re2::RE2 const made(secret_after_word, re2::RE2::Latin1);
  return made;
}

/// The whole, and what is between colons: parsers of addresses quote that alone.
void add_with_parts(std::string_view whole, pieces& found) {
  found.push_back(whole);
  for (std::string_view rest = whole; !rest.empty();) {
    std::size_t const end = std::min(rest.find(':'), rest.size());
    found.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

/// What ${...} in the value names, and what it falls back on.
void add_of_variables(std::string_view value, pieces& found) {
  for (std::size_t start = value.find("${"); start != std::string_view::npos;
       start = value.find("${", start)) {
    std::size_t const end = std::min(value.find('}', start), value.size());
    std::string_view const inside = value.substr(start + 2, end - start - 2);
    found.push_back(inside);
    std::size_t const colon = inside.find(':');
    if (colon != std::string_view::npos) {
      found.push_back(inside.substr(0, colon));
      found.push_back(inside.substr(std::min(inside.find_first_not_of(":-", colon), inside.size())));
    }
    start = end;
  }
}

/// SCHEME://USER:SECRET@HOST, USER:SECRET@HOST, SECRET@HOST.
void add_of_address(std::string_view text, pieces& found) {
  std::size_t const end = text.rfind('@');
  if (end == std::string_view::npos) return;
  std::string_view user = text.substr(0, end);
  if (std::size_t const scheme = user.find("//"); scheme != std::string_view::npos)
    user.remove_prefix(scheme + 2);
  std::size_t const colon = user.find(':');
  std::string_view const secret = colon == std::string_view::npos ? user : user.substr(colon + 1);
  add_with_parts(secret, found);
  add_of_variables(secret, found);
}

void add_after_word(std::string_view text, pieces& found) {
  re2::StringPiece rest;
  if (!re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_after_word(), &rest))
    return;
  add_with_parts({rest.data(), rest.size()}, found);
}

std::string replaced(std::string_view message, std::string_view piece) {
  std::string made;
  for (;;) {
    std::size_t const at = std::min(message.find(piece), message.size());
    made += message.substr(0, at);
    if (at == message.size()) return made;
    made += mask;
    message.remove_prefix(at + piece.size());
  }
}

/// Longer ones first, since they hold shorter ones.
std::string masked(std::string message, pieces found) {
  std::ranges::sort(found, [](std::string_view left, std::string_view right) {
    return std::pair(right.size(), left) < std::pair(left.size(), right);
  });
  found.erase(std::unique(found.begin(), found.end()), found.end());
  for (std::string_view const each : found) {
    if (!each.empty()) message = replaced(message, each);
  }
  return message;
}

}  // namespace

bool holds_secret(std::string_view path) {
  std::string_view const key = path.substr(path.rfind('.') + 1);
  static re2::RE2 const word(secret_word);
  return re2::RE2::PartialMatch(re2::StringPiece(key.data(), key.size()), word);
}

std::string without(std::string message, std::string_view value) {
  pieces found{value};
  add_of_variables(value, found);
  return masked(std::move(message), std::move(found));
}

std::string without_secrets(std::string message, std::string_view text) {
  pieces found;
  add_of_address(text, found);
  add_after_word(text, found);
  return masked(std::move(message), std::move(found));
}

std::string quotable(std::string_view text) { return without_secrets(std::string(text), text); }

}  // namespace tandem::config
