#include "hashing/hash_tag.hpp"

#include "support/catch.hpp"

using tandem::hashing::tagged_part;

TEST_CASE("only what stands between the two characters is hashed") {
  CHECK(tagged_part("user:{42}:name", '{', '}') == "42");
  CHECK(tagged_part("user:$42$:name", '$', '$') == "42");
  CHECK(tagged_part("}{42}{43}", '{', '}') == "42");
}

TEST_CASE("a key without a whole tag is hashed as it is") {
  CHECK(tagged_part("user:42", '{', '}') == "user:42");
  CHECK(tagged_part("user:{42", '{', '}') == "user:{42");
  CHECK(tagged_part("user:{}42", '{', '}') == "user:{}42");
  CHECK(tagged_part("user:$42", '$', '$') == "user:$42");
  CHECK(tagged_part("", '{', '}').empty());
}
