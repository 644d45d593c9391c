#include "hashing/redis_slot.hpp"

#include "support/catch.hpp"

#include <string>

using tandem::hashing::redis_slot;

TEST_CASE("a key's slot is its CRC16 modulo 16384") {
  CHECK(redis_slot("123456789") == 0x31C3);
  CHECK(redis_slot("foo") == 12182);
  CHECK(redis_slot("bar") == 5061);
  CHECK(redis_slot("hello") == 866);
  CHECK(redis_slot("") == 0);
}

TEST_CASE("keys with the same tag share a slot") {
  CHECK(redis_slot("{foo}") == redis_slot("foo"));
  CHECK(redis_slot("cart:{foo}:items") == redis_slot("foo"));
  CHECK(redis_slot("{foo}{bar}") == redis_slot("foo"));
  CHECK(redis_slot("a}b{foo}") == redis_slot("foo"));
  CHECK(redis_slot("x{{foo}}") == redis_slot("{foo"));
}

TEST_CASE("a key whose tag is empty or open is hashed as a whole") {
  CHECK(redis_slot("foo{}{bar}") == 8363);
  CHECK(redis_slot("foo{bar") != redis_slot("bar"));
  CHECK(redis_slot("foo}bar{") != redis_slot("bar"));
}

TEST_CASE("any byte may stand in a key") {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) {
    if (byte != '{') every.push_back(static_cast<char>(byte));
  }
  CHECK(redis_slot(every) == 13893);
}
