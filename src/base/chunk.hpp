// Blocks of bytes with a reference count, from a per-thread pool.
// The count is not atomic: a chunk, and every slice of it, stays with the thread (the worker) that made it.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace tandem::base {

/// The header in front of a block's bytes. Only chunk_ref handles it.
class chunk {
 public:
  chunk(chunk const&) = delete;
  chunk& operator=(chunk const&) = delete;

  /// Bytes that a pooled chunk offers. Pooled blocks are 16 KiB with their header.
  static constexpr std::size_t pooled_capacity = 16 * 1024 - 2 * sizeof(std::size_t);

  char* data() { return reinterpret_cast<char*>(this + 1); }
  std::size_t capacity() const { return capacity_; }
  bool shared() const { return references_ > 1; }
  bool pooled() const { return capacity_ == pooled_capacity; }

  /// Bytes in chunks of this thread that are in use now, headers included; but for a few that it was given by the thread which
  /// has built what it serves.
  static std::size_t bytes_in_use() { return in_use_ > 0 ? static_cast<std::size_t>(in_use_) : 0; }

 private:
  friend class chunk_ref;
  explicit chunk(std::size_t capacity) : references_(1), capacity_(capacity) {}

  static chunk* create(std::size_t capacity);
  static void destroy(chunk* block);
  static void count(std::size_t bytes) { in_use_ += static_cast<std::ptrdiff_t>(bytes); }
  static chunk* resize(chunk* block, std::size_t capacity);

  // Apart from the pool, since it is looked at with every request.
  static inline constinit thread_local std::ptrdiff_t in_use_ = 0;

  std::size_t references_;
  std::size_t capacity_;
};

/// An owning reference to a chunk, or none.
class chunk_ref {
 public:
  chunk_ref() = default;
  chunk_ref(chunk_ref const& other) : block_(other.block_) {
    if (block_) ++block_->references_;
  }
  chunk_ref(chunk_ref&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  chunk_ref& operator=(chunk_ref other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~chunk_ref() { reset(); }

  /// A block of at least `capacity` bytes; up to pooled_capacity it comes from the pool and has that size.
  static chunk_ref allocate(std::size_t capacity = chunk::pooled_capacity) {
    chunk_ref made;
    made.block_ = chunk::create(capacity);
    return made;
  }

  /// A block of exactly `capacity` bytes, outside the pool: for small bytes that live long.
  static chunk_ref allocate_exact(std::size_t capacity);

  /// Makes a block that is neither shared nor pooled larger than a pooled one, its bytes kept. They may come to
  /// lie elsewhere; glibc moves pages rather than bytes where the block is large.
  void grow(std::size_t capacity) {
    assert(block_ && !block_->shared() && !block_->pooled() && capacity > chunk::pooled_capacity);
    block_ = chunk::resize(block_, capacity);
  }

  void reset() {
    if (!block_) return;
    if (--block_->references_ == 0) chunk::destroy(block_);
    block_ = nullptr;
  }

  explicit operator bool() const { return block_ != nullptr; }
  chunk* operator->() const { return block_; }
  chunk* get() const { return block_; }

 private:
  chunk* block_ = nullptr;
};

}  // namespace tandem::base
