#include "base/chunk.hpp"

#include "support/catch.hpp"

#include <sanitizer/asan_interface.h>

#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

using tandem::base::chunk;
using tandem::base::chunk_ref;

TEST_CASE("a pooled block has the pooled size whatever less was asked for") {
  CHECK(chunk_ref::allocate()->capacity() == chunk::pooled_capacity);
  CHECK(chunk_ref::allocate(1)->capacity() == chunk::pooled_capacity);
  CHECK(chunk_ref::allocate(0)->capacity() == chunk::pooled_capacity);
  CHECK(chunk_ref::allocate(chunk::pooled_capacity)->capacity() == chunk::pooled_capacity);
}

TEST_CASE("a block larger than a pooled one has the size that was asked for") {
  CHECK(chunk_ref::allocate(chunk::pooled_capacity + 1)->capacity() == chunk::pooled_capacity + 1);
  CHECK(chunk_ref::allocate_exact(1 << 20)->capacity() == 1 << 20);
  CHECK(chunk_ref::allocate_exact(10)->capacity() == 10);
}

TEST_CASE("a pooled block that was given back is used again") {
  chunk const* const first = chunk_ref::allocate().get();
  chunk_ref const again = chunk_ref::allocate();
  CHECK(again.get() == first);
}

TEST_CASE("an exact block of the pooled size joins the pool whole") {
  chunk const* const first = chunk_ref::allocate_exact(chunk::pooled_capacity).get();
  chunk_ref const again = chunk_ref::allocate();
  CHECK(again.get() == first);
  std::memset(again->data(), 'x', again->capacity());
}

TEST_CASE("a block is freed with its last reference and not before") {
  std::size_t const before = chunk::bytes_in_use();
  chunk_ref first = chunk_ref::allocate();
  CHECK(chunk::bytes_in_use() == before + 16 * 1024);
  CHECK_FALSE(first->shared());
  chunk_ref second = first;
  CHECK(first->shared());
  chunk_ref const third = std::move(first);
  CHECK_FALSE(first);
  second.reset();
  second.reset();
  CHECK_FALSE(third->shared());
  CHECK(chunk::bytes_in_use() == before + 16 * 1024);
}

TEST_CASE("bytes in use count small, pooled and large blocks, and return to what they were") {
  std::size_t const before = chunk::bytes_in_use();
  {
    std::vector<chunk_ref> held;
    for (int count = 0; count < 300; ++count) held.push_back(chunk_ref::allocate());
    held.push_back(chunk_ref::allocate(1 << 20));
    held.push_back(chunk_ref::allocate_exact(100));
    CHECK(chunk::bytes_in_use() >= before + 300 * 16 * 1024 + (1 << 20) + 100);
  }
  CHECK(chunk::bytes_in_use() == before);
}

TEST_CASE("a block that grows keeps its bytes, and is counted with its new size") {
  std::size_t const before = chunk::bytes_in_use();
  auto const larger = GENERATE(as<std::size_t>{}, 20'001, 1 << 20, 10 << 20);
  chunk_ref block = chunk_ref::allocate(20'000);
  std::memset(block->data(), 'x', 20'000);
  block.grow(larger);
  CHECK(block->capacity() == larger);
  CHECK(chunk::bytes_in_use() == before + sizeof(chunk) + larger);
  CHECK(std::string_view(block->data(), 20'000).find_first_not_of('x') == std::string_view::npos);
  std::memset(block->data(), 'y', larger);
  CHECK_FALSE(block->shared());
  block.reset();
  CHECK(chunk::bytes_in_use() == before);
}

TEST_CASE("assigning a reference to itself keeps the block") {
  chunk_ref one = chunk_ref::allocate();
  chunk_ref const& same = one;
  one = same;
  REQUIRE(one);
  CHECK_FALSE(one->shared());
}

#if defined(__SANITIZE_ADDRESS__)
TEST_CASE("bytes of a block that is in the pool may not be touched") {
  chunk_ref block = chunk_ref::allocate();
  char const* const bytes = block->data();
  CHECK(__asan_address_is_poisoned(bytes) == 0);
  block.reset();
  CHECK(__asan_address_is_poisoned(bytes) != 0);
  chunk_ref const again = chunk_ref::allocate();
  CHECK(__asan_address_is_poisoned(bytes) == 0);
}
#endif
