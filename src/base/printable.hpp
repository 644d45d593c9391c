// Words of somebody who is not trusted, made fit for a line of the log or of an answer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tandem::base {

/// At most the first `bytes_max` bytes, with a question mark for each that is no printable ASCII, and dots where more
/// has been left out.
inline std::string printable(std::string_view text, std::size_t bytes_max = 64) {
  std::string shown(text.substr(0, bytes_max));
  for (char& each : shown) {
    if (each < ' ' || each > '~') each = '?';
  }
  return text.size() > bytes_max ? shown + "..." : shown;
}

}  // namespace tandem::base
