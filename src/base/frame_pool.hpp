// Memory for coroutine frames: per-thread free lists by size class, so that a request in the steady state
// allocates nothing. Under AddressSanitizer every frame is a plain allocation, so that its misuse is seen.
#pragma once

#include <cstddef>

namespace tandem::base {

class frame_pool {
 public:
  /// At least `size` bytes, aligned as for operator new.
  static void* allocate(std::size_t size);

  /// Gives back what allocate(size) gave, on the same thread.
  static void release(void* frame, std::size_t size) noexcept;
};

}  // namespace tandem::base
