// The words and numbers of memcached's text commands, as its own tokenizer and number readers have them: only
// spaces part words, and a number may have white space and a sign before it and white space after it.
#pragma once

#include "model/exptime.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tandem::protocol {

/// Takes the first word off `rest`, with the spaces before it; empty at the end.
inline std::string_view take_word(std::string_view& rest) {
  // Words are short: a library's search for the next space would cost more than these loops.
  char const* const end = rest.data() + rest.size();
  char const* begin = rest.data();
  while (begin != end && *begin == ' ') ++begin;
  char const* word_end = begin;
  while (word_end != end && *word_end != ' ') ++word_end;
  rest = {word_end, static_cast<std::size_t>(end - word_end)};
  return {begin, static_cast<std::size_t>(word_end - begin)};
}

std::optional<std::int64_t> signed_number(std::string_view word);

/// A minus sign is taken where the number wraps to less than 2^63, as strtoull has it.
std::optional<std::uint64_t> unsigned_number(std::string_view word);

/// In seconds. memcached keeps times in 32 bits, and wraps what does not fit.
std::optional<model::exptime> read_exptime(std::string_view word);

/// Bytes of a value, also kept in 32 bits; with its line's end it must still fit.
std::optional<std::size_t> read_length(std::string_view word);

}  // namespace tandem::protocol
