// An allocator whose blocks begin and end at cache line boundaries, so that what one thread writes never
// shares a line with anything that another thread writes.
#pragma once

#include "base/cache_line.hpp"

#include <cstddef>
#include <new>

namespace tandem::metrics {

template <class T>
class cache_line_allocator {
 public:
  using value_type = T;

  cache_line_allocator() = default;
  template <class Other>
  cache_line_allocator(cache_line_allocator<Other> const&) noexcept {}

  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(whole_lines(count), alignment)); }
  void deallocate(T* block, std::size_t) noexcept { ::operator delete(block, alignment); }

  friend bool operator==(cache_line_allocator const&, cache_line_allocator const&) { return true; }

 private:
  static constexpr auto alignment = std::align_val_t{base::cache_line_bytes};

  static std::size_t whole_lines(std::size_t count) {
    return (count * sizeof(T) + base::cache_line_bytes - 1) / base::cache_line_bytes * base::cache_line_bytes;
  }
};

}  // namespace tandem::metrics
