#include "hashing/jump.hpp"

#include "support/catch.hpp"

#include <vector>

using tandem::hashing::jump;

TEST_CASE("jump gives the buckets of the reference implementation") {
  CHECK(jump(1, 1) == 0);
  CHECK(jump(42, 57) == 43);
  CHECK(jump(0xDEAD10CC, 1) == 0);
  CHECK(jump(0xDEAD10CC, 666) == 361);
  CHECK(jump(256, 1024) == 520);
}

TEST_CASE("a bucket added to jump takes keys and moves no others") {
  for (std::uint64_t key = 0; key < 2000; ++key) {
    std::size_t before = 0;
    for (std::size_t buckets = 1; buckets < 40; ++buckets) {
      std::size_t const now = jump(key, buckets);
      CHECK((now == before || now == buckets - 1));
      before = now;
    }
  }
}
