// CRC-32 as zlib, Ruby, PHP and Perl compute it (ITU-T V.42: polynomial 0x04C11DB7, reflected, inverted
// before and after). libmemcached's hash called crc is bits 16 to 30 of it.
#pragma once

#include <cstdint>
#include <string_view>

namespace tandem::hashing {

/// `before` is that of the bytes that come before these.
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0);

}  // namespace tandem::hashing
