// An allocator whose blocks begin and end at cache line boundaries, so that what one thread writes never
// shares a line with anything that another thread writes.
#pragma once

#include <cstddef>
#include <new>

namespace tandem::metrics {

/// Of the processors that Tandem runs on; std::hardware_destructive_interference_size may differ between
/// translation units.
inline constexpr std::size_t cache_line_bytes = 64;

template <class T>
class cache_line_allocator {
 public:
  using value_type = T;

  cache_line_allocator() = default;
  template <class Other>
  cache_line_allocator(cache_line_allocator<Other> const&) noexcept {}

  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(whole_lines(count), alignment)); }
  void deallocate(T* block, std::size_t count) noexcept {
    ::operator delete(block, whole_lines(count), alignment);
  }

  friend bool operator==(cache_line_allocator const&, cache_line_allocator const&) { return true; }

 private:
  static constexpr auto alignment = std::align_val_t{cache_line_bytes};

  static std::size_t whole_lines(std::size_t count) {
    return (count * sizeof(T) + cache_line_bytes - 1) / cache_line_bytes * cache_line_bytes;
  }
};

}  // namespace tandem::metrics
