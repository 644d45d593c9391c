#include "hashing/redis_slot.hpp"

#include "hashing/hash_tag.hpp"

#include <array>

namespace tandem::hashing {

namespace {

// CRC-16/XMODEM: polynomial 0x1021, initial value 0, neither reflected nor inverted.
constexpr std::array<std::uint16_t, 256> make_crc_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    unsigned crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000U) != 0 ? (crc << 1) ^ 0x1021U : crc << 1;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}

constexpr auto crc_table = make_crc_table();

std::uint16_t crc16(std::string_view bytes) {
  unsigned crc = 0;
  for (char const byte : bytes) {
    crc = (crc << 8) ^ crc_table[(crc >> 8 ^ static_cast<unsigned char>(byte)) & 0xffU];
    crc &= 0xffffU;
  }
  return static_cast<std::uint16_t>(crc);
}

}  // namespace

std::uint16_t redis_slot(std::string_view key) {
  return static_cast<std::uint16_t>(crc16(tagged_part(key, '{', '}')) % redis_slot_count);
}

}  // namespace tandem::hashing
