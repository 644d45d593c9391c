// How a memcached item lies in one Redis string.
//
// framed: 0x9E, the format's version 1, the client's flags and the cas (4 and 8 bytes, big endian), the
//         value. A string without the first two bytes, or shorter than 14, was written by somebody else and
//         is all value.
// plain:  the value alone, for other programs to read.
//
// An item without a frame has flags 0 and a cas that its content gives. The scripts in scripts.cpp know all
// this, too.
#pragma once

#include "base/slice.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem::protocol::redis {

enum class encoding : std::uint8_t { framed, plain };

inline constexpr std::size_t frame_size = 14;

using frame_header = std::array<char, frame_size>;

/// What stands in front of a value in a frame.
frame_header make_frame(std::uint32_t flags, std::uint64_t cas);

/// The eight bytes of a cas as a frame holds them, for scripts.
std::array<char, 8> cas_bytes(std::uint64_t cas);

/// Sixteen hexadecimal digits: what the scripts compare.
std::array<char, 16> cas_digits(std::uint64_t cas);

/// The cas of an item that has no frame: the first eight bytes of its SHA-1 (which Redis' scripts can compute
/// as well), or 1 should they be 0.
std::uint64_t content_cas(std::string_view content);

struct item {
  base::slice value;
  std::uint32_t flags = 0;
  std::uint64_t cas = 0;  // 0 where there is no frame: content_cas() gives it
};

item read_item(encoding how, base::slice const& stored);

}  // namespace tandem::protocol::redis
