// The store in this process.
#pragma once

#include <cstddef>

namespace tandem::backend::memory {

struct memory_options {
  std::size_t size = 64 * 1024 * 1024;  // bytes for keys, values and bookkeeping together
};

}  // namespace tandem::backend::memory
