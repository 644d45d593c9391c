// A classic command line taken apart into words.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace tandem::protocol::text {

/// A line taken apart. Words beyond the eighth are not counted, since no command but a retrieval may have
/// them.
struct command_line {
  static constexpr std::size_t words_max = 8;

  /// `rest` is what stands behind the first word.
  command_line(std::string_view first, std::string_view rest);

  std::string_view operator[](std::size_t position) const { return words[position]; }
  bool noreply() const { return words[count - 1] == "noreply"; }

  std::array<std::string_view, words_max> words;
  std::size_t count = 0;
  std::string_view arguments;  // all that stands behind the first word
};

}  // namespace tandem::protocol::text
