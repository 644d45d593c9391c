// What the benchmarks of parsers and encoders share.
#pragma once

#include "base/input_buffer.hpp"

#include <cstring>
#include <string>
#include <string_view>

namespace tandem::bench {

inline constexpr std::string_view micro_key = "page:00001234";

inline std::string value_of(std::size_t size) { return std::string(size, 'v'); }

/// As if one read had brought `bytes`, which must fit a chunk.
inline void receive(base::input_buffer& input, std::string_view bytes) {
  std::memcpy(input.prepare().data(), bytes.data(), bytes.size());
  input.commit(bytes.size());
}

}  // namespace tandem::bench
