// The characters of a key, for clients that hash those rather than bytes. They send keys as UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem::hashing {

/// Takes the first code point off `bytes`, which is not empty. A byte that begins none stands for itself.
constexpr char32_t take_code_point(std::string_view& bytes) {
  auto const byte = [&bytes](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  unsigned const first = byte(0);
  std::size_t const size = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 1;
  char32_t point = size == 1 ? first : first & (0x7fU >> size);
  for (std::size_t at = 1; at < size; ++at) {
    if (at == bytes.size() || (byte(at) & 0xc0U) != 0x80U) {
      bytes.remove_prefix(1);
      return first;
    }
    point = point << 6 | (byte(at) & 0x3fU);
  }
  bytes.remove_prefix(size);
  return point;
}

}  // namespace tandem::hashing
