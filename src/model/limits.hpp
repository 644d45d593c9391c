// What memcached takes at most.
#pragma once

#include <cstddef>

namespace tandem::model {

inline constexpr std::size_t key_size_max = 250;  // bytes

}  // namespace tandem::model
