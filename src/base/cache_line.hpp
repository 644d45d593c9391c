// How far apart to keep what different threads write.
#pragma once

#include <cstddef>

namespace tandem::base {

/// Of the processors that Tandem runs on; std::hardware_destructive_interference_size may differ between
/// translation units.
inline constexpr std::size_t cache_line_bytes = 64;

}  // namespace tandem::base
