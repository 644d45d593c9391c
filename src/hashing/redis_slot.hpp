// The slot of a key in a Redis Cluster: CRC16 (XMODEM) of the key, or of its {tag}, modulo 16384
// (cluster specification, "Key distribution model" and appendix A).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem::hashing {

inline constexpr std::size_t redis_slot_count = 16384;

std::uint16_t redis_slot(std::string_view key);

}  // namespace tandem::hashing
