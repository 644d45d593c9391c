#include "base/frame_pool.hpp"

#include "support/catch.hpp"

#include <cstdint>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

using tandem::base::frame_pool;

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

TEST_CASE("more frames than the pool keeps are allocated, released and allocated again") {
  for (int round = 0; round < 2; ++round) {
    std::vector<void*> frames;
    for (int count = 0; count < 30'000; ++count) frames.push_back(frame_pool::allocate(200));
    for (void* frame : frames) frame_pool::release(frame, 200);
  }
}

#if !defined(__SANITIZE_ADDRESS__)
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
#endif

TEST_CASE("threads have pools of their own, freed when they end") {
  std::vector<std::thread> threads;
  for (int count = 0; count < 3; ++count) {
    threads.emplace_back([] {
      for (int round = 0; round < 1000; ++round) frame_pool::release(frame_pool::allocate(300), 300);
    });
  }
  for (std::thread& each : threads) each.join();
}
