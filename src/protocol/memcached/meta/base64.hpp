// Keys that are no words, in the base64 of RFC 4648, section 4.
#pragma once

#include "base/output_buffer.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::protocol::meta {

constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

void append_base64(std::string_view bytes, base::output_buffer& output);

/// As memcached reads it: bytes outside the alphabet do not count, and what follows a padded block is not looked
/// at. None unless the digits fill blocks of four, with two signs of padding at most.
std::optional<std::string> read_base64(std::string_view text);

}  // namespace tandem::protocol::meta
