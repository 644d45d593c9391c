#include "config/section/patterns.hpp"

#include <re2/re2.h>

#include <string_view>

namespace tandem::config {

namespace {

constexpr std::string_view open_set = "a set that begins with [ is not closed; close it with ], or write \\[";
constexpr std::string_view reversed_range = "a range in a set runs backwards; swap its ends";
constexpr std::string_view lone_backslash =
    "a backslash at the end stands before nothing; write \\\\ for one";

/// Walks over a glob from left to right.
class glob_walk {
 public:
  explicit glob_walk(std::string_view rest) : rest_(rest) {}

  std::string_view fault() {
    while (!rest_.empty()) {
      char const next = take();
      if (next == '\\' && rest_.empty()) return lone_backslash;
      if (next == '\\') take();
      if (next != '[') continue;
      if (std::string_view const found = set_fault(); !found.empty()) return found;
    }
    return {};
  }

 private:
  char take() {
    char const next = rest_.front();
    rest_.remove_prefix(1);
    return next;
  }

  /// Up to the bracket that closes the set; one that comes first is a member.
  std::string_view set_fault() {
    if (rest_.starts_with('!') || rest_.starts_with('^')) take();
    for (bool first = true; first || !rest_.starts_with(']'); first = false) {
      unsigned char low = 0, high = 0;
      if (!take_member(low)) return open_set;
      bool const range = rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']';
      if (!range) continue;
      take();
      if (!take_member(high)) return open_set;
      if (high < low) return reversed_range;
    }
    take();
    return {};
  }

  bool take_member(unsigned char& member) {
    if (rest_.starts_with('\\')) take();
    if (rest_.empty()) return false;
    member = static_cast<unsigned char>(take());
    return true;
  }

  std::string_view rest_;
};

re2::RE2::Options options_of_keys() {
  re2::RE2::Options options(re2::RE2::Latin1);  // keys are bytes
  options.set_dot_nl(true);
  options.set_log_errors(false);
  return options;
}

}  // namespace

std::string glob_fault(std::string const& pattern) { return std::string(glob_walk(pattern).fault()); }

std::string glob_beginning(std::string const& pattern) {
  std::string literal;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (std::string_view("*?[").find(pattern[at]) != std::string_view::npos) break;
    if (pattern[at] == '\\' && ++at == pattern.size()) break;
    literal += pattern[at];
  }
  return literal;
}

std::string regex_beginning(std::string const& pattern, std::size_t bytes_max) {
  re2::RE2 const compiled(pattern, options_of_keys());
  std::string least, most;
  if (!compiled.ok() || !compiled.PossibleMatchRange(&least, &most, static_cast<int>(bytes_max))) return {};
  std::string after = least;  // the first key behind all that begin with `least`
  if (!after.empty()) after.back() = static_cast<char>(static_cast<unsigned char>(after.back()) + 1);
  if (most == after) return least;
  std::size_t same = 0;
  while (same < least.size() && same < most.size() && least[same] == most[same]) ++same;
  return least.substr(0, same);
}

std::string regex_fault(std::string const& pattern) {
  re2::RE2 const compiled(pattern, options_of_keys());
  return compiled.ok() ? std::string() : compiled.error() + "; write RE2 syntax";
}

}  // namespace tandem::config
