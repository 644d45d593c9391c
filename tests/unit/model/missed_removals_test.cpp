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

namespace {

missed_removals::due flush_of(missed_removals const& missed) {
  auto const due = missed.next("", 10);
  REQUIRE(!due.empty());
  REQUIRE(due.front().key.empty());
  return due.front();
}

bool replay(missed_removals& missed, missed_removals::due const& what) {
  auto claim = missed.claimed(what);
  if (claim) claim.confirm();
  return !missed.any();
}

}  // namespace

TEST_CASE("a flush in doubt blocks nothing, is not counted, and stands before the keys that are due") {
  missed_removals missed(2);
  missed.remember_everything_doubtful();
  CHECK(missed.any());
  CHECK_FALSE(missed.blocks("k"));
  CHECK_FALSE(missed.misses("k"));
  CHECK_FALSE(missed.blocking("k"));
  CHECK(missed.size() == 0);
  CHECK(missed.has_room_for("k"));
  CHECK(missed.remember_if_room("k"));
  missed.remember("l");
  CHECK(missed.size() == 2);
  CHECK_FALSE(missed.blocks("z"));
  auto const due = missed.next("", 10);
  REQUIRE(due.size() == 3);
  CHECK(due[0].key.empty());
  CHECK(due[0].doubtful);
  CHECK_FALSE(due[1].doubtful);
  CHECK(missed.next("k", 10).size() == 1);
  for (auto const& each : due) CHECK(replay(missed, each) == (each.key == "l"));
}

TEST_CASE("a flush that was in doubt and is missed is replayed for that first, and stays in doubt") {
  for (bool const doubt_first : {true, false}) {
    missed_removals missed;
    if (doubt_first) missed.remember_everything_doubtful();
    missed.remember_everything();
    if (!doubt_first) missed.remember_everything_doubtful();
    CHECK(missed.blocks("k"));
    auto const flush = flush_of(missed);
    CHECK_FALSE(flush.doubtful);
    CHECK_FALSE(replay(missed, flush));
    CHECK_FALSE(missed.blocks("k"));
    CHECK_FALSE(missed.claimed(flush));  // done already
    CHECK(flush_of(missed).doubtful);
    CHECK(replay(missed, flush_of(missed)));
  }
}

TEST_CASE("a flush in doubt that keys over the bound make a missed one stays in doubt") {
  missed_removals missed(1);
  missed.remember_everything_doubtful();
  missed.remember("k");
  missed.remember("l");
  CHECK(missed.blocks("z"));
  CHECK_FALSE(replay(missed, flush_of(missed)));
  CHECK(replay(missed, flush_of(missed)));
}

TEST_CASE("a flush in doubt that is so again while it is replayed stays due") {
  missed_removals missed;
  missed.remember_everything_doubtful();
  auto claim = missed.claimed(flush_of(missed));
  REQUIRE(claim);
  missed.remember_everything_doubtful();
  claim.confirm();
  CHECK(missed.any());
  CHECK(replay(missed, flush_of(missed)));
}

TEST_CASE("a flush that is in doubt no more but not done again blocks everything") {
  missed_removals missed;
  missed.remember_everything_doubtful();
  auto const before = flush_of(missed);
  missed.count_as_missed(before);
  CHECK(missed.blocks("k"));
  missed.count_as_missed(before);
  CHECK_FALSE(flush_of(missed).doubtful);
  CHECK(replay(missed, flush_of(missed)));
}

TEST_CASE("a key in doubt stays so when all of L1 is to be flushed, and one that is not is no more due") {
  missed_removals missed;
  missed.remember("missed");
  missed.remember_doubtful("doubtful");
  missed.remember_everything();
  CHECK_FALSE(replay(missed, flush_of(missed)));
  CHECK_FALSE(missed.blocks("missed"));
  CHECK(missed.blocks("doubtful"));
  CHECK_FALSE(missed.misses("doubtful"));
  auto const due = missed.next("", 10);
  REQUIRE(due.size() == 1);
  CHECK(due[0].doubtful);
}

}  // namespace tandem::model
