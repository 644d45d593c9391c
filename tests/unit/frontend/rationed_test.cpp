#include "frontend/rationed.hpp"

#include "support/catch.hpp"

namespace tandem::frontend {
namespace {

struct counter {
  base::manual_clock clock;
  rationed<int> made;
  int times = 0;

  int get() {
    return *made.get(clock.now(), [this] { return ++times; });
  }
};

}  // namespace

TEST_CASE("what is asked for seldom is made each time") {
  counter one;
  for (int i = 1; i <= 1000; ++i) {
    one.clock.advance(std::chrono::milliseconds(100));
    CHECK(one.get() == i);
  }
}

TEST_CASE("what is asked for too often is made ten times a second, and shared") {
  counter one;
  for (int i = 0; i < 10'000; ++i) one.get();
  CHECK(one.times == 1000);
  for (int i = 0; i < 10'000; ++i) {
    one.clock.advance(std::chrono::milliseconds(1));
    one.get();
  }
  CHECK(one.times >= 1099);
  CHECK(one.times <= 1100);
}

TEST_CASE("what holds no more is made anew at once") {
  counter one;
  for (int i = 0; i < 2000; ++i) one.get();
  one.made.forget();
  CHECK(one.get() == 1001);
  CHECK(one.get() == 1001);
}

}  // namespace tandem::frontend
