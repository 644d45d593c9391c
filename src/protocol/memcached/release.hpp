// A release of memcached, as its answer to `version` tells it.
#pragma once

#include <fmt/core.h>

#include <charconv>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::protocol {

struct memcached_release {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t patch = 0;

  std::string str() const { return fmt::format("{}.{}.{}", major, minor, patch); }

  friend auto operator<=>(memcached_release const&, memcached_release const&) = default;
};

/// `line` is the answer to `version` without its end: VERSION and two or three numbers. What builders of packages hang
/// on to the last one ("1.6.38-1", "1.6.29_4_gabc", "1.6.18 of ours") is passed over. None for anything else.
inline std::optional<memcached_release> read_release(std::string_view line) {
  constexpr std::string_view word = "VERSION ";
  if (!line.starts_with(word)) return std::nullopt;
  memcached_release told;
  char const* at = line.data() + word.size();
  char const* const end = line.data() + line.size();
  int read = 0;
  for (std::uint32_t* number : {&told.major, &told.minor, &told.patch}) {
    if (read > 0 && (at == end || *at != '.')) break;
    auto const found = std::from_chars(read > 0 ? at + 1 : at, end, *number);
    if (found.ec == std::errc::result_out_of_range) return std::nullopt;
    if (found.ec != std::errc()) break;
    at = found.ptr;
    ++read;
  }
  if (read < 2) return std::nullopt;
  return told;
}

}  // namespace tandem::protocol
