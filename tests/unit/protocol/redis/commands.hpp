// Commands as they were written, in words.
#pragma once

#include "base/slice.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace tandem::protocol::redis::tests {

/// `/` stands between commands; each of their words is as `told` says, an empty one as ''.
inline std::string in_words(std::string_view commands,
                            std::function<std::string(base::slice const& word)> const& told) {
  std::string said;
  while (!commands.empty()) {
    std::size_t const end = commands.find("\r\n");
    bool const begins = commands.front() == '*';
    std::size_t const size = std::stoul(std::string(commands.substr(1, end)));
    commands.remove_prefix(end + 2);
    if (begins) {
      said += said.empty() ? "" : " / ";
      continue;
    }
    std::string const word = told(base::slice::copy_of(commands.substr(0, size)));
    commands.remove_prefix(size + 2);
    if (!said.empty() && !said.ends_with("/ ")) said += ' ';
    said += word.empty() ? "''" : word;
  }
  return said;
}

}  // namespace tandem::protocol::redis::tests
