#include "protocol/redis/preambles.hpp"

#include "support/catch.hpp"

#include <vector>

namespace tandem::protocol::redis::tests {
namespace {

reply of(reply_kind kind, std::string_view text) { return {kind, 0, base::slice::copy_of(text), {}}; }

std::string stripped(std::vector<reply> received, preamble before) {
  strip_preambles(received, before);
  std::string texts;
  for (reply const& each : received) texts += each.text.str() + " ";
  return texts;
}

reply const ok = of(reply_kind::status, "OK");
reply const refused = of(reply_kind::error, "refused");
reply const first = of(reply_kind::string, "first");
reply const second = of(reply_kind::string, "second");

}  // namespace

TEST_CASE("each command behind ASKING has two replies") {
  CHECK(replies_expected(2, preamble::none) == 2);
  CHECK(replies_expected(2, preamble::asking) == 4);
}

TEST_CASE("the replies to ASKING are taken out") {
  CHECK(stripped({ok, first}, preamble::asking) == "first ");
  CHECK(stripped({ok, first, ok, second}, preamble::asking) == "first second ");
  CHECK(stripped({first, second}, preamble::none) == "first second ");
}

TEST_CASE("an ASKING that was refused answers for its command") {
  CHECK(stripped({refused, first}, preamble::asking) == "refused ");
  CHECK(stripped({ok, first, refused, second}, preamble::asking) == "first refused ");
}

}  // namespace tandem::protocol::redis::tests
