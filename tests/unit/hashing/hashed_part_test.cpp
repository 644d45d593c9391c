#include "hashing/hashed_part.hpp"

#include "support/catch.hpp"

using tandem::hashing::hashed_part;

TEST_CASE("without prefixes and tag a key is hashed as it is") {
  CHECK(hashed_part().is_whole());
  CHECK(hashed_part({}, "").is_whole());
  CHECK(hashed_part({}, "").of("a{b}") == "a{b}");
}

TEST_CASE("what of a key is hashed") {
  struct row {
    std::vector<std::string> prefixes;
    std::string tag;
    std::string key;
    std::string hashed;
  };
  std::vector<row> const rows{
      {{"p."}, "", "p.key", "key"},
      {{"p."}, "", "key", "key"},
      {{"p."}, "", "xp.key", "xp.key"},
      {{"p."}, "", "P.key", "P.key"},
      {{"p."}, "", "p.p.key", "p.key"},
      {{"p."}, "", "p", "p"},
      {{"p."}, "", "p.", ""},
      {{"p."}, "", "", ""},
      {{"a:", "a:b:", "a:b"}, "", "a:b:key", "key"},
      {{"a:b:", "a:b", "a:"}, "", "a:bkey", "key"},
      {{"a:", "b:"}, "", "a:b:key", "b:key"},
      {{}, "{}", "cart:{7}", "7"},
      {{"p."}, "{}", "p.cart:{7}", "7"},
      {{"p."}, "{}", "p.cart:7", "cart:7"},
      {{"p{x}"}, "{}", "p{x}y{7}", "7"},
      {{"p{x}"}, "{}", "p{x}y", "y"},
      {{"{"}, "{}", "{7}", "7}"},
  };
  for (row const& each : rows) {
    INFO(each.key);
    hashed_part const part(each.prefixes, each.tag);
    CHECK_FALSE(part.is_whole());
    CHECK(part.of(each.key) == each.hashed);
  }
}
