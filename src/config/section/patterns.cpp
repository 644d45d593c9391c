#include "config/section/patterns.hpp"

#include "base/glob.hpp"

#include <re2/re2.h>

namespace tandem::config {

namespace {

re2::RE2::Options options_of_keys() {
  re2::RE2::Options options(re2::RE2::Latin1);  // keys are bytes
  options.set_dot_nl(true);
  options.set_log_errors(false);
  return options;
}

}  // namespace

std::string glob_fault(std::string const& pattern) {
  auto const compiled = base::glob::compile(pattern);
  return compiled ? std::string() : compiled.error().message;
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
