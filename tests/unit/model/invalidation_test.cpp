#include "model/invalidation.hpp"

#include "support/catch.hpp"

namespace tandem::model {
namespace {

using extent = invalidation::extent;

std::optional<invalidation> read(std::string_view words) { return parse_invalidation(words, {}); }

TEST_CASE("a message is a key, a prefix with a star, or a star for everything") {
  CHECK(read("user:1") == invalidation{extent::key, "user:1", {}});
  CHECK(read("user:*") == invalidation{extent::prefix, "user:", {}});
  CHECK(read("*") == invalidation{extent::everything, "", {}});
}

TEST_CASE("only the last star counts, and bytes beyond ASCII are a key's like others") {
  CHECK(read("a*b") == invalidation{extent::key, "a*b", {}});
  CHECK(read("a**") == invalidation{extent::prefix, "a*", {}});
  CHECK(read("caf\xc3\xa9") == invalidation{extent::key, "caf\xc3\xa9", {}});
}

TEST_CASE("a message that is too long, empty, or has spaces or control characters in it is none of these") {
  for (std::string_view const wrong : {"", "a b", "a\n", "\r\n", "a\x7f", "\t*", " "}) {
    CAPTURE(wrong);
    CHECK_FALSE(read(wrong));
  }
  CHECK_FALSE(read(std::string_view("a\0b", 3)));
  CHECK(read(std::string(250, 'k')));
  CHECK_FALSE(read(std::string(251, 'k')));
  CHECK(read(std::string(250, 'k') + "*"));
  CHECK_FALSE(read(std::string(251, 'k') + "*"));
}

}  // namespace
}  // namespace tandem::model
