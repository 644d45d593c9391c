#include "base/large_blocks.hpp"

#include <malloc.h>

#include <atomic>

namespace tandem::base::large_blocks {
namespace {

/// Bytes from which on a block comes from the system. The larger is the most that malloc chooses by itself: mallopt(3),
/// M_MMAP_THRESHOLD.
constexpr int while_short = 64 * 1024;
constexpr int otherwise = 32 * 1024 * 1024;

std::atomic<bool> short_of_memory = false;

void choose(bool system) {
  if (short_of_memory.exchange(system) != system)
    ::mallopt(M_MMAP_THRESHOLD, system ? while_short : otherwise);
}

}  // namespace

void come_from_system() { choose(true); }
void come_from_heap() { choose(false); }
bool from_system() { return short_of_memory.load(std::memory_order_relaxed); }

}  // namespace tandem::base::large_blocks
