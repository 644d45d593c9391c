#include "base/slice.hpp"

#include "support/catch.hpp"

using tandem::base::chunk;
using tandem::base::chunk_ref;
using tandem::base::slice;

TEST_CASE("copying a slice shares the bytes") {
  slice const first = slice::copy_of("shared bytes");
  slice const second = first;
  CHECK(second.data() == first.data());
  CHECK(first.owner()->shared());
  CHECK(second.view() == "shared bytes");
}

TEST_CASE("a slice keeps its chunk alive after every other reference has gone") {
  std::size_t const before = chunk::bytes_in_use();
  slice last;
  {
    slice const whole = slice::copy_of("0123456789");
    last = whole.part(3, 4);
  }
  CHECK(last.view() == "3456");
  CHECK_FALSE(last.owner()->shared());
  last = slice();
  CHECK(chunk::bytes_in_use() == before);
}

TEST_CASE("a part is bounded by its slice") {
  slice const whole = slice::copy_of("abcdef");
  CHECK(whole.part(2).view() == "cdef");
  CHECK(whole.part(2, 100).view() == "cdef");
  CHECK(whole.part(6).empty());
  CHECK(whole.part(1, 4).part(1, 2).view() == "cd");
}

TEST_CASE("an empty slice and a static one own no memory") {
  std::size_t const before = chunk::bytes_in_use();
  slice const empty = slice::copy_of("");
  slice const literal = slice::of_static("literal");
  CHECK(empty.empty());
  CHECK(empty.view().empty());
  CHECK(literal.owner() == nullptr);
  CHECK(literal.str() == "literal");
  CHECK(chunk::bytes_in_use() == before);
}

TEST_CASE("a slice may be assigned to itself and from a part of itself") {
  slice one = slice::copy_of("abcdef");
  slice const& same = one;
  one = same;
  CHECK(one.view() == "abcdef");
  one = one.part(4);
  CHECK(one.view() == "ef");
}

TEST_CASE("bytes are copied whatever they are") {
  std::string const bytes("\0\r\n\xff\0", 5);
  CHECK(slice::copy_of(bytes).str() == bytes);
}
