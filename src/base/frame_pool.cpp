#include "base/frame_pool.hpp"

#include <array>
#include <new>
#include <utility>

namespace tandem::base {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t pooled_size_max = 0;
#else
constexpr std::size_t pooled_size_max = 2048;
#endif
constexpr std::size_t class_width =
    16;  // as malloc aligns: wider classes would spread frames over more cache lines
constexpr std::size_t class_count = pooled_size_max / class_width + 1;
constexpr std::size_t free_bytes_max = 4 * 1024 * 1024;  // in one class
constexpr std::size_t trimmed_bytes_min = 64 * 1024;

struct free_frame {
  free_frame* next;
};

struct size_class {
  free_frame* first = nullptr;
  std::size_t count = 0;

  ~size_class() { clear(); }

  void clear() noexcept {
    while (first) ::operator delete(std::exchange(first, first->next));
    count = 0;
  }
};

thread_local std::array<size_class, class_count> classes;

constexpr std::size_t class_of(std::size_t size) { return (size + class_width - 1) / class_width; }
constexpr std::size_t whole(std::size_t size) { return class_of(size) * class_width; }

}  // namespace

void* frame_pool::allocate(std::size_t size) {
  if (size <= pooled_size_max) [[likely]] {
    size_class& list = classes[class_of(size)];
    if (list.first) [[likely]] {
      --list.count;
      return std::exchange(list.first, list.first->next);
    }
  }
  held_ += whole(size);
  return ::operator new(whole(size));
}

void frame_pool::release(void* frame, std::size_t size) noexcept {
  if (size <= pooled_size_max) [[likely]] {
    size_class& list = classes[class_of(size)];
    if (list.count * size < free_bytes_max) [[likely]] {
      ++list.count;
      list.first = new (frame) free_frame{list.first};
      return;
    }
  }
  held_ -= whole(size);
  ::operator delete(frame);
}

void frame_pool::trim() noexcept {
  std::size_t kept = 0;
  for (std::size_t each = 0; each < class_count; ++each) kept += classes[each].count * each * class_width;
  if (kept < trimmed_bytes_min) return;
  for (size_class& each : classes) each.clear();
  held_ -= kept;
}

}  // namespace tandem::base
