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

  /// Bytes of this thread's frames, of those that are kept for the next ones, too.
  static std::size_t bytes_held() { return held_; }

  /// Gives what is kept back, where it is worth while.
  static void trim() noexcept;

 private:
  static inline constinit thread_local std::size_t held_ = 0;
};

}  // namespace tandem::base
