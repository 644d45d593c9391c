#include "hashing/crc32.hpp"

#include "support/catch.hpp"

#include <string>

using tandem::hashing::crc32;

TEST_CASE("CRC-32 of its check string, and of nothing") {
  CHECK(crc32("123456789") == 0xcbf43926U);
  CHECK(crc32("") == 0U);
}

TEST_CASE("CRC-32 of a text in two pieces is that of the whole, wherever it is cut") {
  std::string const text = "key with bytes above 127: \x80\xff";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    CHECK(crc32(text.substr(cut), crc32(text.substr(0, cut))) == crc32(text));
  }
}
