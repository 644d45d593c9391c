#include "base/frame_pool.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <latch>
#include <new>
#include <thread>
#include <utility>
#include <vector>

using tandem::base::frame_pool;

namespace {

/// Allocates `count` frames, writes all over each of them, and releases them; whether each was its own.
bool use_at_once(std::size_t count, std::size_t size) {
  std::vector<unsigned char*> frames;
  frames.reserve(count);
  for (std::size_t each = 0; each < count; ++each) {
    frames.push_back(static_cast<unsigned char*>(frame_pool::allocate(size)));
    std::memset(frames.back(), static_cast<int>(each % 251), size);
  }
  bool whole = true;
  for (std::size_t each = 0; each < count; ++each) {
    for (std::size_t at = 0; at < size; ++at) whole = whole && frames[each][at] == each % 251;
    frame_pool::release(frames[each], size);
  }
  return whole;
}

}  // namespace

TEST_CASE("a frame of any size is wholly its own and aligned as by operator new") {
  std::vector<std::pair<unsigned char*, std::size_t>> frames;
  for (std::size_t const size : {1, 8, 63, 64, 65, 127, 128, 2047, 2048, 2049, 100'000}) {
    auto* const frame = static_cast<unsigned char*>(frame_pool::allocate(size));
    CHECK(reinterpret_cast<std::uintptr_t>(frame) % __STDCPP_DEFAULT_NEW_ALIGNMENT__ == 0);
    std::memset(frame, static_cast<int>(size % 251), size);
    frames.emplace_back(frame, size);
  }
  for (auto const& [frame, size] : frames) {
    bool whole = true;
    for (std::size_t at = 0; at < size; ++at) whole = whole && frame[at] == size % 251;
    CHECK(whole);
    frame_pool::release(frame, size);
  }
}

TEST_CASE("more frames than the pool keeps are each their own, and so are those after them") {
  CHECK(use_at_once(30'000, 200));
  CHECK(use_at_once(30'000, 200));
}

TEST_CASE("what frames hold is told, and what is kept of them is given back") {
  frame_pool::trim();
  std::size_t const before = frame_pool::bytes_held();
  CHECK(before < 64 * 1024);
  void* const large = frame_pool::allocate(10'000);
  CHECK(frame_pool::bytes_held() >= before + 10'000);
  frame_pool::release(large, 10'000);
  CHECK(frame_pool::bytes_held() == before);
  CHECK(use_at_once(30'000, 200));
  frame_pool::trim();
  CHECK(frame_pool::bytes_held() <= before);
  CHECK(use_at_once(30'000, 200));
}

// Under AddressSanitizer there is no pool, and operator new is the sanitizer's.
#if !defined(__SANITIZE_ADDRESS__)
namespace {

std::atomic<std::int64_t> held_blocks;  // of operator new, in the whole program

}  // namespace

void* operator new(std::size_t size) {
  void* const block = std::malloc(size == 0 ? 1 : size);
  if (!block) throw std::bad_alloc();
  ++held_blocks;
  return block;
}

void operator delete(void* block) noexcept {
  if (block) --held_blocks;
  std::free(block);
}

void operator delete(void* block, std::size_t) noexcept { ::operator delete(block); }

TEST_CASE("a released frame is used again for one of its size class, and not for another") {
  void* const first = frame_pool::allocate(65);
  frame_pool::release(first, 65);
  void* const larger = frame_pool::allocate(81);
  CHECK(larger != first);
  void* const same_class = frame_pool::allocate(80);
  CHECK(same_class == first);
  frame_pool::release(larger, 81);
  frame_pool::release(same_class, 80);
}

TEST_CASE("a pool keeps 4 MiB of a size class, and no more") {
  constexpr std::size_t size = 500;
  std::int64_t const before = held_blocks;
  use_at_once(30'000, size);
  std::int64_t const kept = (held_blocks - before) * static_cast<std::int64_t>(size);
  CHECK(kept > 4 * 1024 * 1024 - 2 * static_cast<std::int64_t>(size));
  CHECK(kept < 4 * 1024 * 1024 + 2 * static_cast<std::int64_t>(size));
}

TEST_CASE("what a thread has released is not for others") {
  constexpr std::size_t size = 300;
  void* released = nullptr;
  bool used_again = false;
  std::latch is_released(1), is_seen(1);
  std::thread other([&] {
    released = frame_pool::allocate(size);
    frame_pool::release(released, size);
    is_released.count_down();
    is_seen.wait();
    void* const again = frame_pool::allocate(size);
    used_again = again == released;
    frame_pool::release(again, size);
  });
  is_released.wait();
  void* const mine = frame_pool::allocate(size);
  is_seen.count_down();
  other.join();
  CHECK(mine != released);
  CHECK(used_again);
  frame_pool::release(mine, size);
}

TEST_CASE("the pool of a thread is freed when the thread ends") {
  std::int64_t const before = held_blocks;
  std::atomic<std::int64_t> meanwhile = 0;
  std::thread([&] {
    use_at_once(1000, 300);
    meanwhile = held_blocks - before;
  }).join();
  CHECK(meanwhile >= 1000);
  CHECK(held_blocks == before);
}
#endif
