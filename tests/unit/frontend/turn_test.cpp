#include "frontend/turn.hpp"

#include "support/catch.hpp"

namespace tandem::frontend {
namespace {

/// Commands that a turn allows, each of which takes `time` and is answered by `bytes`.
std::size_t commands_of(base::duration time, std::uint64_t bytes) {
  base::manual_clock clock;
  turn one;
  std::uint64_t replied = 5000;
  one.begin(clock.now(), replied);
  std::size_t taken = 0;
  while (!one.over()) {
    clock.advance(time);
    replied += bytes;
    one.count(clock, replied);
    ++taken;
  }
  return taken;
}

}  // namespace

TEST_CASE("a turn is over after so many commands, bytes of replies, or microseconds") {
  using std::chrono::microseconds;
  struct {
    base::duration time;
    std::uint64_t bytes;
    std::size_t commands;
  } const cases[]{
      {microseconds(0), 0, 128},     {microseconds(0), 100, 128}, {microseconds(0), 1000, 66},
      {microseconds(0), 1 << 20, 1}, {microseconds(1), 0, 100},   {microseconds(20), 0, 8},
      {microseconds(1000), 0, 4},
  };
  for (auto const& each : cases) CHECK(commands_of(each.time, each.bytes) == each.commands);
}

TEST_CASE("a turn is heavy once more than half of it is used, however it was, and until the next begins") {
  base::manual_clock clock;
  turn one;
  one.begin(clock.now(), 0);
  std::size_t taken = 0;
  for (; !one.heavy(); ++taken) one.count(clock, 0);
  CHECK(taken == turn::commands_max / 2 + 1);
  one.begin(clock.now(), 0);
  CHECK_FALSE(one.heavy());
  one.count(clock, turn::reply_bytes_max);
  CHECK(one.heavy());
  one.begin(clock.now(), turn::reply_bytes_max);
  CHECK_FALSE(one.heavy());
  one.end();
  CHECK(one.heavy());
}

TEST_CASE("what is worth a turn by itself ends it, and another begins anew") {
  turn one;
  one.begin({}, 0);
  one.end();
  CHECK(one.over());
  one.begin({}, 0);
  CHECK_FALSE(one.over());
}

}  // namespace tandem::frontend
