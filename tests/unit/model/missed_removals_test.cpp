#include "model/missed_removals.hpp"

#include "support/catch.hpp"

namespace tandem::model {

TEST_CASE("a key that was missed again while its removal was replayed stays blocked") {
  missed_removals missed;
  missed.remember("k");
  auto const replayed = missed.next("", 10);
  REQUIRE(replayed.size() == 1);
  auto claim = missed.claimed(replayed[0]);
  REQUIRE(claim);
  missed.remember("k");
  claim.confirm();
  CHECK(missed.blocks("k"));
  missed.claimed(missed.next("", 10).at(0)).confirm();
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
  auto claim = missed.claimed(flush[0]);
  REQUIRE(claim);
  missed.remember("d");
  claim.confirm();
  CHECK(missed.blocks("z"));
  missed.claimed(missed.next("", 10).at(0)).confirm();
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
  auto claim = missed.claimed(*before);
  REQUIRE(claim);
  CHECK(missed.remember_if_room("a"));
  claim.confirm();
  CHECK(missed.blocks("a"));
}

TEST_CASE("one at a time replays what was missed, until it is confirmed or given back") {
  missed_removals missed(2);
  missed.remember("k");
  auto const due = *missed.blocking("k");
  auto first = missed.claimed(due);
  CHECK(first);
  CHECK_FALSE(missed.claimed(due));
  missed.remember("k");
  CHECK_FALSE(missed.claimed(*missed.blocking("k")));
  first = {};
  CHECK_FALSE(missed.claimed(due));  // it was missed again since
  auto second = missed.claimed(*missed.blocking("k"));
  REQUIRE(second);
  second.confirm();
  CHECK_FALSE(missed.any());
  missed.remember_everything();
  auto const flush = *missed.blocking("k");
  auto third = missed.claimed(flush);
  CHECK(third);
  CHECK_FALSE(missed.claimed(flush));
}

TEST_CASE("a claim of what was told apart no more leaves a later one of the same key alone") {
  missed_removals missed(1);
  missed.remember("k");
  auto old = missed.claimed(*missed.blocking("k"));
  missed.remember("other");
  missed.claimed(*missed.blocking("k")).confirm();
  missed.remember("k");
  auto const due = *missed.blocking("k");
  auto const present = missed.claimed(due);
  REQUIRE(present);
  old.confirm();
  CHECK(missed.blocks("k"));
  CHECK_FALSE(missed.claimed(due));
}

}  // namespace tandem::model
