// MurmurHash3_x86_32 with seed 0 (Austin Appleby, smhasher), a piece at a time, so that what begins many
// inputs is hashed once and copied. libmemcached's murmur3 is another: it takes its seed from the length.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tandem::hashing {

class murmur3 {
 public:
  constexpr void append(std::uint8_t byte) {
    pending_ |= std::uint32_t{byte} << (8 * (length_ % 4));
    if (++length_ % 4 != 0) return;
    state_ = rotated(state_ ^ scrambled(pending_), 13) * 5 + 0xe6546b64U;
    pending_ = 0;
  }

  /// Of all bytes so far; more may follow.
  constexpr std::uint32_t value() const {
    std::uint32_t hash = state_ ^ scrambled(pending_) ^ length_;
    hash = (hash ^ (hash >> 16)) * 0x85ebca6bU;
    hash = (hash ^ (hash >> 13)) * 0xc2b2ae35U;
    return hash ^ (hash >> 16);
  }

 private:
  static constexpr std::uint32_t rotated(std::uint32_t bits, int by) {
    return bits << by | bits >> (32 - by);
  }
  static constexpr std::uint32_t scrambled(std::uint32_t block) {
    return rotated(block * 0xcc9e2d51U, 15) * 0x1b873593U;
  }

  std::uint32_t state_ = 0;
  std::uint32_t pending_ = 0;  // up to three bytes, the first lowest; 0 where there are none
  std::uint32_t length_ = 0;
};

}  // namespace tandem::hashing
