#include "hashing/murmur3.hpp"

#include "support/catch.hpp"

#include <string_view>

namespace {

std::uint32_t hash_of(std::string_view bytes) {
  tandem::hashing::murmur3 hash;
  for (char const byte : bytes) hash.append(static_cast<std::uint8_t>(byte));
  return hash.value();
}

}  // namespace

// What the function in pymemcache 3.5.2 says.
TEST_CASE("MurmurHash3 of texts that end at each place in a block") {
  CHECK(hash_of("") == 0U);
  CHECK(hash_of("a") == 0x3c2569b2U);
  CHECK(hash_of("aa") == 0x371091a9U);
  CHECK(hash_of("aaa") == 0xb4d05fb7U);
  CHECK(hash_of("aaaa") == 0x7eeed987U);
  CHECK(hash_of("Hello, world!") == 0xc0363e43U);
}
