// The grammar of a classic command line, as memcached's own tokenizer and number readers have it: only spaces
// part words, and a number may have white space and a sign before it and white space after it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tandem::protocol::text {

/// Takes the first word off `rest`, with the spaces before it; empty at the end.
std::string_view take_word(std::string_view& rest);

/// A line taken apart. Words beyond the eighth are not counted, since no command but a retrieval may have
/// them.
struct command_line {
  static constexpr std::size_t words_max = 8;

  explicit command_line(std::string_view line);

  std::string_view operator[](std::size_t position) const { return words[position]; }
  bool noreply() const { return words[count - 1] == "noreply"; }

  std::array<std::string_view, words_max> words;
  std::size_t count = 0;
  std::string_view arguments;  // all that stands behind the first word
};

std::optional<std::int64_t> signed_number(std::string_view word);

/// A minus sign is taken where the number wraps to less than 2^63, as strtoull has it.
std::optional<std::uint64_t> unsigned_number(std::string_view word);

}  // namespace tandem::protocol::text
