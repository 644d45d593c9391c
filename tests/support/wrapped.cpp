#include "support/wrapped.hpp"

#include <cstdlib>
#include <regex>

namespace tandem::test {

std::string each_wrapped(std::string const& configuration) {
  static std::regex const backend("\n  ([a-z_]+):[ \n]");
  static std::regex const name("\\b(l1|l2|to): ([a-z_]+)");
  constexpr std::string_view head = "backends:\n";
  std::size_t const begin = configuration.find(head);
  if (begin == std::string::npos) return configuration;
  std::size_t const body = begin + head.size();
  std::size_t const section_end = configuration.find("\nroutes:", body);
  std::string const backends = "\n" + configuration.substr(body, section_end - body);
  std::string wrappers;
  for (std::sregex_iterator each(backends.begin(), backends.end(), backend), end; each != end; ++each) {
    wrappers += "  " + (*each)[1].str() + "_wrapped: {split: {default: " + (*each)[1].str() + "}}\n";
  }
  std::string const named = std::regex_replace(configuration, name, "$1: $2_wrapped");
  return named.substr(0, body) + wrappers + named.substr(body);
}

bool wraps_backends() { return std::getenv("TANDEM_WRAP_BACKENDS") != nullptr; }

}  // namespace tandem::test
