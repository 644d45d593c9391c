// Reads a counter's value as memcached does (safe_strtoull in its util.c): spaces in front, a sign, digits up
// to the end, a space or a NUL. What follows is ignored.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tandem::backend::memory {

inline std::optional<std::uint64_t> read_decimal(std::string_view text) {
  constexpr std::string_view spaces = " \t\n\v\f\r";
  std::size_t const start = text.find_first_not_of(spaces);
  if (start == std::string_view::npos) return std::nullopt;
  std::string_view digits = text.substr(start);
  bool const negative = digits.front() == '-';
  if (negative || digits.front() == '+') digits.remove_prefix(1);

  std::uint64_t value = 0;
  auto const [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failure != std::errc{}) return std::nullopt;
  bool const ends_well =
      end == digits.data() + digits.size() || *end == '\0' || spaces.find(*end) != std::string_view::npos;
  if (!ends_well) return std::nullopt;
  if (negative) value = 0 - value;
  // As there: a minus sign anywhere, and a number that would be negative if it were signed.
  bool const looks_negative =
      static_cast<std::int64_t>(value) < 0 && text.find('-') != std::string_view::npos;
  if (looks_negative) return std::nullopt;
  return value;
}

}  // namespace tandem::backend::memory
