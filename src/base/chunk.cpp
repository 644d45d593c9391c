#include "base/chunk.hpp"

#include <sanitizer/asan_interface.h>

#include <cstdlib>
#include <new>
#include <vector>

namespace tandem::base {
namespace {

constexpr std::size_t pool_blocks_max = 256;

/// Free blocks of the pooled size.
struct chunk_pool {
  std::vector<void*> free;

  ~chunk_pool() {
    for (void* block : free) std::free(block);
  }
};

thread_local chunk_pool pool;

void* allocate_block(std::size_t size) {
  void* block = std::malloc(size);
  if (!block) throw std::bad_alloc();
  return block;
}

}  // namespace

chunk* chunk::create(std::size_t capacity) {
  if (capacity > pooled_capacity) {
    void* block = allocate_block(sizeof(chunk) + capacity);
    count(sizeof(chunk) + capacity);
    return new (block) chunk(capacity);
  }
  count(sizeof(chunk) + pooled_capacity);
  if (pool.free.empty()) return new (allocate_block(sizeof(chunk) + pooled_capacity)) chunk(pooled_capacity);
  void* block = pool.free.back();
  pool.free.pop_back();
  ASAN_UNPOISON_MEMORY_REGION(block, sizeof(chunk) + pooled_capacity);
  return new (block) chunk(pooled_capacity);
}

void chunk::destroy(chunk* block) {
  in_use_ -= static_cast<std::ptrdiff_t>(sizeof(chunk) + block->capacity_);
  bool const pooled = block->pooled();
  block->~chunk();
  if (pooled && pool.free.size() < pool_blocks_max) {
    pool.free.push_back(block);
    // A slice that outlived its chunk is seen as it would be in memory that was freed.
    ASAN_POISON_MEMORY_REGION(block, sizeof(chunk) + pooled_capacity);
    return;
  }
  std::free(block);
}

chunk* chunk::resize(chunk* block, std::size_t capacity) {
  std::size_t const before = block->capacity_;
  void* const resized = std::realloc(static_cast<void*>(block), sizeof(chunk) + capacity);
  if (!resized) throw std::bad_alloc();
  count(capacity - before);
  return new (resized) chunk(capacity);
}

chunk_ref chunk_ref::allocate_exact(std::size_t capacity) {
  chunk_ref made;
  made.block_ = new (allocate_block(sizeof(chunk) + capacity)) chunk(capacity);
  chunk::count(sizeof(chunk) + capacity);
  return made;
}

}  // namespace tandem::base
