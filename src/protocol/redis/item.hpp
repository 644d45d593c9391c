// How a memcached item lies in one Redis string.
//
// framed: 0x9E, the format's version, the client's flags and the cas (4 and 8 bytes, big endian), the
//         value. The version is 1, or 2 where the cas is none of this proxy's making. A string that does not
//         begin so, or is shorter than 14, was written by somebody else and is all value.
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

/// What becomes of client flags other than 0 when the encoding has no room for them.
enum class flags_policy : std::uint8_t { refuse, drop };

inline constexpr std::size_t frame_size = 14;

using frame_header = std::array<char, frame_size>;

/// Who has made up a cas. The proxy's own numbers grow with time; those that a client chooses, or a content gives, tell
/// nothing about which item is the newer one. The values are the frame's versions.
enum class cas_maker : char { proxy = 1, other = 2 };

struct cas_stamp {
  std::uint64_t number = 0;
  cas_maker maker = cas_maker::proxy;
};

/// What stands in front of a value in a frame.
frame_header make_frame(std::uint32_t flags, cas_stamp cas);

/// For scripts, as a frame holds them: the version and the cas; the client's flags.
std::array<char, 9> stamp_bytes(cas_stamp cas);
std::array<char, 4> flags_bytes(std::uint32_t flags);

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
