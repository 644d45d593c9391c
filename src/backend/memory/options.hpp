// The store in this process.
#pragma once

#include <cstddef>

namespace tandem::backend::memory {

struct memory_options {
  std::size_t size = 64 * 1024 * 1024;         // bytes for keys, values and bookkeeping together
  std::size_t value_max = 1024 * 1024 * 1024;  // that an append or prepend may make: limits.value

  friend bool operator==(memory_options const&, memory_options const&) = default;
};

}  // namespace tandem::backend::memory
