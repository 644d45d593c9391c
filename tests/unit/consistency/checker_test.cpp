#include "consistency/checker.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace tandem::consistency;

namespace {

// A history in the words of its file: start, end, client, way, verb, key, argument, expected, outcome, answer.
verdict judge(std::string_view lines, promises const& allowed = {}) {
  history whole = read_history(lines);
  whole.promised = allowed;
  return judged(whole);
}

std::size_t violations(std::string_view lines, promises const& allowed = {}) {
  return judge(lines, allowed).violations.size();
}

}  // namespace

TEST_CASE("a read of what was written is right") {
  CHECK(violations("op 1 2 0 0 set r:1 a - done -\n"
                   "op 3 4 1 1 read r:1 - - done a\n") == 0);
}

TEST_CASE("a read of what had been replaced is a violation") {
  verdict const found = judge(
      "op 1 2 0 0 set r:1 a - done -\n"
      "op 3 4 0 0 set r:1 b - done -\n"
      "op 5 6 1 1 read r:1 - - done a\n");
  REQUIRE(found.violations.size() == 1);
  CHECK(found.violations[0].evidence.size() == 2);
  CHECK(explained(found.violations[0]).find("replaced before the read began") != std::string::npos);
}

TEST_CASE("a read that overlaps a write may tell of it or not") {
  CHECK(violations("op 1 2 0 0 set r:1 a - done -\n"
                   "op 3 9 0 0 set r:1 b - done -\n"
                   "op 4 5 1 1 read r:1 - - done b\n"
                   "op 6 7 1 1 read r:1 - - done a\n") == 0);
}

TEST_CASE("a write of unknown outcome may take effect at any later time, or never") {
  constexpr std::string_view both =
      "op 1 2 0 0 set r:1 a - done -\n"
      "op 3 4 0 0 set r:1 b - unknown -\n"
      "op 5 6 1 1 read r:1 - - done a\n"
      "op 7 8 1 1 read r:1 - - done b\n"
      "op 9 10 1 1 read r:1 - - done a\n";
  CHECK(violations(both) == 0);
}

TEST_CASE(
    "a write that failed and was read none the less replaces, once its process has nothing left to replay") {
  auto const late = [](std::string const& answer, std::string const& calm) {
    return violations(calm +
                      "op 1 2 0 0 set r:1 a - done -\n"
                      "op 3 4 0 0 set r:1 b - unknown " +
                      answer +
                      "\n"
                      "op 5 6 1 1 fetch r:1 - - done b\n"
                      "op 8 9 1 1 read r:1 - - done a\n");
  };
  CHECK(late("failed", "calm 7 0\n") == 1);
  CHECK(late("failed", "calm 4 0\n") == 0);
  CHECK(late("failed", "calm 7 1\n") == 0);
  CHECK(late("failed", "") == 0);
  CHECK(late("-", "calm 7 0\n") == 0);
}

TEST_CASE("a write that was refused must not be read") {
  CHECK(violations("op 1 2 0 0 set r:1 a - done -\n"
                   "op 3 4 0 0 add r:1 b - refused -\n"
                   "op 5 6 1 1 read r:1 - - done b\n") == 1);
}

TEST_CASE("what nobody wrote, or not yet, must not be read") {
  CHECK(violations("op 1 2 0 0 read r:1 - - done a\n") == 1);
  CHECK(violations("op 1 2 0 0 read r:1 - - done a\nop 3 4 0 0 set r:1 a - done -\n") == 1);
}

TEST_CASE("a miss is right before the first write and after a removal only") {
  CHECK(violations("op 1 2 0 0 read r:1 - - absent -\n"
                   "op 3 4 0 0 set r:1 a - done -\n"
                   "op 5 6 0 0 remove r:1 - - done -\n"
                   "op 7 8 1 1 read r:1 - - absent -\n") == 0);
  CHECK(violations("op 3 4 0 0 set r:1 a - done -\n"
                   "op 7 8 1 1 read r:1 - - absent -\n"
                   "op 9 9 0 0 remove r:1 - - done -\n") == 1);
  CHECK(violations("op 1 2 0 0 remove r:1 - - absent -\n"
                   "op 3 4 0 0 set r:1 a - done -\n"
                   "op 7 8 1 1 read r:1 - - absent -\n") == 1);
}

TEST_CASE("a removal replaces, too") {
  CHECK(violations("op 1 2 0 0 set r:1 a - done -\n"
                   "op 3 4 0 0 remove r:1 - - done -\n"
                   "op 5 6 1 1 read r:1 - - done a\n") == 1);
  CHECK(violations("op 1 2 0 0 set r:1 a - done -\n"
                   "op 3 4 0 0 remove r:1 - - unknown -\n"
                   "op 5 6 1 1 read r:1 - - done a\n"
                   "op 7 8 1 1 read r:1 - - absent -\n") == 0);
}

TEST_CASE("reads must agree on the last of two writes that overlapped") {
  constexpr std::string_view writes =
      "op 1 5 0 0 set r:1 a - done -\n"
      "op 2 6 1 1 set r:1 b - done -\n";
  std::string const first = "op 7 8 2 0 read r:1 - - done a\n";
  std::string const second = "op 9 10 2 1 read r:1 - - done b\n";
  CHECK(violations(std::string(writes) + first) == 0);
  CHECK(violations(std::string(writes) + second) == 0);
  CHECK(violations(std::string(writes) + first + second) == 1);
  SECTION("but not while one of them goes on") {
    CHECK(violations("op 1 5 0 0 set r:1 a - done -\n"
                     "op 2 20 1 1 set r:1 b - done -\n" +
                     second + "op 11 12 2 0 read r:1 - - done a\n") == 0);
  }
}

TEST_CASE("a cas that succeeded replaced what was current, once") {
  CHECK(violations("op 1 2 0 0 set r:1 a - done -\n"
                   "op 3 4 0 0 cas r:1 b a done -\n"
                   "op 5 6 1 1 read r:1 - - done b\n") == 0);
  CHECK(violations("op 1 2 0 0 set r:1 a - done -\n"
                   "op 3 4 0 0 set r:1 b - done -\n"
                   "op 5 6 0 0 cas r:1 c a done -\n") == 1);
  CHECK(violations("op 1 2 0 0 set r:1 a - done -\n"
                   "op 3 6 0 0 cas r:1 b a done -\n"
                   "op 4 7 1 0 cas r:1 c a done -\n") == 1);
}

TEST_CASE("an add that succeeded found nothing") {
  CHECK(violations("op 1 2 0 0 set r:1 a - done -\n"
                   "op 3 4 0 0 add r:1 b - done -\n") == 1);
}

TEST_CASE("an outage excuses the other process until removals are replayed, never the one that was cut off") {
  constexpr std::string_view start =
      "server r:1 1\n"
      "outage 3 6 0 1\n"
      "op 1 2 0 0 set r:1 a - done -\n"
      "op 4 5 0 0 set r:1 b - done -\n";
  promises const allowed{.replay = 10};
  std::string const soon = "op 15 15 0 1 read r:1 - - done a\n";
  CHECK(violations(std::string(start) + soon, allowed) == 0);
  CHECK(judge(std::string(start) + soon, allowed).excused == 1);
  CHECK(violations(std::string(start) + soon) == 1);
  CHECK(violations(std::string(start) + "op 17 17 0 1 read r:1 - - done a\n", allowed) == 1);
  CHECK(violations(std::string(start) + "op 15 15 0 0 read r:1 - - done a\n", allowed) == 1);
  CHECK(violations(std::string(start) + "op 15 15 0 2 read r:1 - - done a\n", allowed) == 1);
  SECTION("of another server excuses nothing") {
    CHECK(violations("server r:1 0\n" + std::string(start.substr(start.find("outage"))) + soon, allowed) ==
          1);
  }
}

TEST_CASE("what was written past Tandem may stay unseen as long as is promised") {
  constexpr std::string_view start =
      "op 1 2 0 0 set r:1 a - done -\n"
      "op 4 5 0 2 set r:1 b - done -\n";
  promises const allowed{.unseen = 10};
  CHECK(violations(std::string(start) + "op 14 14 0 1 read r:1 - - done a\n", allowed) == 0);
  CHECK(violations(std::string(start) + "op 16 16 0 1 read r:1 - - done a\n", allowed) == 1);
}

TEST_CASE("in the end Tandem tells what Redis holds, whatever became of a write of unknown outcome") {
  constexpr std::string_view start =
      "op 1 2 0 0 set r:1 a - done -\n"
      "op 3 4 0 0 set r:1 b - unknown -\n";
  auto const end = [&](std::string const& told) {
    return violations(std::string(start) + "op 8 9 1000 1 read r:1 - - " + told +
                      "\nop 10 11 1000 2 read r:1 - - done b\n");
  };
  CHECK(end("done b") == 0);
  CHECK(end("done a") == 1);
  CHECK(end("unknown -") == 1);
}

TEST_CASE("a counter lies between what was acknowledged and what was attempted") {
  constexpr std::string_view start =
      "op 1 2 0 0 set c:1 100 - done -\n"
      "op 3 4 0 0 add_to c:1 5 - done 105\n"
      "op 5 6 0 0 add_to c:1 7 - unknown -\n"
      "op 5 6 1 0 add_to c:1 -2 - done 103\n";
  auto const read = [&](std::string const& number) {
    return violations(std::string(start) + "op 8 9 0 1 read c:1 - - done " + number + "\n");
  };
  CHECK(read("102") == 1);
  CHECK(read("103") == 0);
  CHECK(read("110") == 0);
  CHECK(read("111") == 1);
  CHECK(violations(std::string(start) + "op 8 9 0 1 read c:1 - - absent -\n") == 1);
}

TEST_CASE("a lost increment shows in the next sum") {
  CHECK(violations("op 1 2 0 0 set c:1 100 - done -\n"
                   "op 3 4 0 0 add_to c:1 5 - done 105\n"
                   "op 5 6 1 1 add_to c:1 5 - done 105\n") == 1);
}

TEST_CASE("a log holds every acknowledged entry once, at its end, in one order") {
  constexpr std::string_view start =
      "op 1 2 0 0 append l:1 a; - done -\n"
      "op 1 2 1 1 append l:1 b; - done -\n"
      "op 1 2 2 1 prepend l:1 p; - done -\n"
      "op 3 9 1 1 append l:1 c; - unknown -\n"
      "op 3 9 1 1 prepend l:1 q; - unknown -\n";
  auto const reads = [&](std::string const& first, std::string const& second) {
    return violations(std::string(start) + "op 4 5 0 0 read l:1 - - done " + first +
                      "\nop 6 7 0 0 fetch l:1 - - done " + second + "\n");
  };
  CHECK(reads("p;|a;b;", "q;p;|a;b;c;") == 0);
  CHECK(reads("p;|b;a;", "p;|b;a;") == 0);
  CHECK(reads("p;|a;b;", "p;|b;a;") == 1);
  CHECK(reads("p;|a;", "p;|a;b;") == 1);
  CHECK(reads("p;|a;b;", "p;|a;b;b;") == 1);
  CHECK(reads("p;|a;b;", "p;|a;b;d;") == 1);
  CHECK(reads("|p;a;b;", "|p;a;b;") == 2);
  CHECK(reads("p;|a;b;", "p;q;|a;b;") == 1);
  CHECK(reads("p;|a;b;", "p;a;b;") == 1);
  CHECK(violations(std::string(start) + "op 4 5 0 0 append l:1 e; - refused -\n") == 1);
  CHECK(violations(std::string(start) + "op 4 5 0 0 read l:1 - - absent -\n") == 1);
}

TEST_CASE("a touch, an add that was refused and a replace that was not found something") {
  constexpr std::string_view removed =
      "op 1 2 0 0 set r:1 a - done -\n"
      "op 3 4 0 0 remove r:1 - - done -\n";
  for (std::string const found :
       {"touch r:1 - - done -", "add r:1 b - refused -", "replace r:1 b - done -", "remove r:1 - - done -"}) {
    INFO(found);
    CHECK(violations("op 1 2 0 0 set r:1 a - done -\nop 5 6 1 1 " + found + "\n") == 0);
    CHECK(violations(std::string(removed) + "op 5 6 1 1 " + found + "\n") == 1);
    CHECK(violations("op 5 6 1 1 " + found + "\n") == 1);
    CHECK(violations(std::string(removed) + "op 5 9 0 0 set r:1 c - unknown -\nop 7 8 1 1 " + found + "\n") ==
          0);
  }
}

TEST_CASE("a touch, a gat that missed and a replace that was refused found nothing, whatever L1 may hold") {
  constexpr std::string_view start =
      "server r:1 1\n"
      "outage 3 6 0 1\n"
      "op 1 2 0 0 set r:1 a - done -\n";
  promises const allowed{.replay = 10};
  for (std::string const missed :
       {"touch r:1 - - absent -", "fetch r:1 - - absent -", "replace r:1 c - refused -"}) {
    INFO(missed);
    std::string const later = "op 15 15 1 1 " + missed + "\n";
    CHECK(violations(std::string(start) + later, allowed) == 1);
    CHECK(violations(std::string(start) + "op 4 5 0 0 remove r:1 - - done -\n" + later, allowed) == 0);
  }
}

TEST_CASE("a gat is Redis' own answer, which no outage of L1 excuses") {
  CHECK(violations("server r:1 1\n"
                   "outage 3 6 0 1\n"
                   "op 1 2 0 0 set r:1 a - done -\n"
                   "op 4 5 0 0 set r:1 b - done -\n"
                   "op 15 15 0 1 fetch r:1 - - done a\n",
                   {.replay = 10}) == 1);
}

TEST_CASE("in the end L1 may hold what a process that was killed was about to remove, and nothing else") {
  auto const end = [](std::string const& write, moment promised) {
    return violations("killing 5 6 0\nop 1 2 0 0 set r:1 a - done -\n" + write +
                          "op 2000008 2000009 1000 1 read r:1 - - done a\n"
                          "op 2000010 2000011 1000 2 read r:1 - - done b\n",
                      {.killed = promised});
  };
  constexpr moment ttl = 3000000;
  CHECK(end("op 3 7 0 0 set r:1 b - unknown -\n", ttl) == 0);
  CHECK(end("op 3 7 0 0 set r:1 b - unknown -\n", 10) == 1);
  CHECK(end("op 3 7 0 1 set r:1 b - unknown -\n", ttl) == 1);
  CHECK(end("op 1500000 1500001 0 0 set r:1 b - unknown -\n", ttl) == 1);
}
