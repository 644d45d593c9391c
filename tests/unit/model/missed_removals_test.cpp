#include "model/missed_removals.hpp"

#include "support/catch.hpp"

namespace tandem::model {

TEST_CASE("a key that was missed again while its removal was replayed stays blocked") {
  missed_removals missed;
  missed.remember("k");
  auto const replayed = missed.next("", 10);
  REQUIRE(replayed.size() == 1);
  missed.remember("k");
  missed.forget(replayed[0]);
  CHECK(missed.blocks("k"));
  missed.forget(missed.next("", 10).at(0));
  CHECK(!missed.any());
}

TEST_CASE("over the bound everything is blocked until L1 was flushed after the last miss") {
  missed_removals missed(2);
  for (char const* key : {"a", "b"}) missed.remember(key);
  CHECK(!missed.blocks("z"));
  missed.remember("c");
  CHECK(missed.blocks("z"));
  auto const flush = missed.next("", 10);
  REQUIRE(flush.size() == 1);
  CHECK(flush[0].key.empty());
  missed.remember("d");
  missed.forget(flush[0]);
  CHECK(missed.blocks("z"));
  missed.forget(missed.next("", 10).at(0));
  CHECK(!missed.any());
}

TEST_CASE("what is due is gone through in portions") {
  missed_removals missed;
  for (char const* key : {"c", "a", "b"}) missed.remember(key);
  auto const first = missed.next("", 2);
  REQUIRE(first.size() == 2);
  CHECK(first[1].key == "b");
  auto const rest = missed.next("b", 2);
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].key == "c");
}

TEST_CASE(
    "what is remembered only if there is room never blocks everything, whoever else remembers meanwhile") {
  missed_removals missed(2);
  CHECK(missed.remember_if_room("a"));
  CHECK(missed.remember_if_room("b"));
  CHECK_FALSE(missed.remember_if_room("c"));
  CHECK(missed.remember_if_room("a"));
  CHECK(missed.blocks("a"));
  CHECK(missed.blocks("b"));
  CHECK_FALSE(missed.blocks("c"));
  auto const before = missed.blocking("a");
  REQUIRE(before);
  CHECK(missed.remember_if_room("a"));
  missed.forget(*before);
  CHECK(missed.blocks("a"));
}

}  // namespace tandem::model
