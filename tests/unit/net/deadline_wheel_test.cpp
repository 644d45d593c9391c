#include "net/deadline_wheel.hpp"

#include "support/catch.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

using namespace std::chrono_literals;
using tandem::base::duration;
using tandem::base::time_point;
using tandem::net::deadline_wheel;

namespace {

constexpr time_point start{1h + 1ms};
constexpr duration tick = deadline_wheel::tick;
constexpr duration revolution = 1024 * tick;

struct test_timer : tandem::base::timer {
  void on_deadline() override {
    ++fired;
    CHECK_FALSE(armed());
    if (then) then();
  }

  int fired = 0;
  std::function<void()> then;
};

}  // namespace

TEST_CASE("a deadline fires not early, at most a tick late, and once") {
  auto const offset =
      GENERATE(as<duration>{}, 1ns, 1ms, 3ms, 4ms, 4ms + 1ns, 199ms, 4095ms, 4096ms, 5s, 10min);
  auto const step = GENERATE(as<duration>{}, 1ms, 4ms);
  deadline_wheel wheel(start);
  test_timer one;
  time_point const deadline = start + offset;
  wheel.arm(one, deadline);
  time_point now = start;
  for (; now < deadline; now += step) wheel.advance(now);
  CHECK((one.fired == 0 || now - step >= deadline));
  wheel.advance(deadline + tick);
  CHECK(one.fired == 1);
  CHECK_FALSE(one.armed());
  wheel.advance(deadline + 2 * revolution);
  CHECK(one.fired == 1);
}

TEST_CASE("any deadlines, armed and advanced at any moments, fire in time") {
  std::mt19937 random(GENERATE(range(1U, 9U)));
  std::uniform_int_distribution<std::int64_t> offset_us(-10'000, 9'000'000);
  std::uniform_int_distribution<std::int64_t> step_us(0, random() % 2 == 0 ? 9'000 : 6'000'000);
  deadline_wheel wheel(start);
  struct entry {
    test_timer timer;
    time_point deadline;
  };
  std::vector<std::unique_ptr<entry>> all;
  time_point now = start;
  for (int round = 0; round < 2000; ++round) {
    all.push_back(std::make_unique<entry>());
    all.back()->deadline = now + std::chrono::microseconds(offset_us(random));
    wheel.arm(all.back()->timer, all.back()->deadline);
    time_point const before = now;
    now += std::chrono::microseconds(step_us(random));
    wheel.advance(now);
    bool in_time = true;
    for (auto const& each : all) {
      bool const must = each->deadline + tick <= now && before + tick <= now;
      bool const may = each->deadline <= now;
      in_time = in_time && each->timer.fired <= 1 && (!must || each->timer.fired == 1) &&
                (may || each->timer.fired == 0);
    }
    REQUIRE(in_time);
    std::erase_if(all, [](auto const& each) { return each->timer.fired == 1; });
  }
}

TEST_CASE("a deadline that is past when it is armed fires with the next tick") {
  deadline_wheel wheel(start);
  wheel.advance(start + 1s);
  test_timer one;
  wheel.arm(one, start);
  CHECK(one.fired == 0);
  wheel.advance(start + 1s + tick);
  CHECK(one.fired == 1);
}

TEST_CASE("a wheel that stood still for many revolutions fires everything that is due, and nothing else") {
  deadline_wheel wheel(start);
  test_timer due;
  test_timer long_due;
  test_timer later;
  wheel.arm(due, start + 10 * revolution);
  wheel.arm(long_due, start + 3ms);
  wheel.arm(later, start + 100 * revolution);
  wheel.advance(start + 50 * revolution);
  CHECK(due.fired == 1);
  CHECK(long_due.fired == 1);
  CHECK(later.fired == 0);
  wheel.advance(start + 100 * revolution + tick);
  CHECK(later.fired == 1);
}

TEST_CASE("arming again replaces the earlier deadline") {
  deadline_wheel wheel(start);
  test_timer one;
  wheel.arm(one, start + 10ms);
  wheel.arm(one, start + 100ms);
  wheel.advance(start + 50ms);
  CHECK(one.fired == 0);
  wheel.arm(one, start + 60ms);
  wheel.advance(start + 64ms);
  CHECK(one.fired == 1);
  wheel.advance(start + 200ms);
  CHECK(one.fired == 1);
}

TEST_CASE("a disarmed or destroyed timer does not fire") {
  deadline_wheel wheel(start);
  test_timer disarmed;
  wheel.arm(disarmed, start + 10ms);
  {
    test_timer destroyed;
    wheel.arm(destroyed, start + 10ms);
  }
  disarmed.disarm();
  disarmed.disarm();
  CHECK_FALSE(wheel.next_wakeup());
  wheel.advance(start + 1s);
  CHECK(disarmed.fired == 0);
}

TEST_CASE("a timer may outlive its wheel") {
  test_timer one;
  {
    deadline_wheel wheel(start);
    wheel.arm(one, start + 10ms);
  }
  CHECK_FALSE(one.armed());
}

TEST_CASE("a timer armed again in its own callback fires again a tick later at the soonest") {
  deadline_wheel wheel(start);
  test_timer one;
  time_point now = start;
  one.then = [&] { wheel.arm(one, now); };
  wheel.arm(one, start);
  for (int round = 1; round <= 10; ++round) {
    now += tick;
    wheel.advance(now);
    CHECK(one.fired == round);
  }
}

TEST_CASE("a timer that fires may disarm, arm again or destroy the others that are due") {
  deadline_wheel wheel(start);
  test_timer first;
  test_timer disarmed;
  test_timer moved;
  auto destroyed = std::make_unique<test_timer>();
  first.then = [&] {
    disarmed.disarm();
    destroyed.reset();
    wheel.arm(moved, start + 100ms);
  };
  for (tandem::base::timer* each :
       {static_cast<tandem::base::timer*>(&first), static_cast<tandem::base::timer*>(&disarmed),
        static_cast<tandem::base::timer*>(destroyed.get()), static_cast<tandem::base::timer*>(&moved)}) {
    wheel.arm(*each, start + 10ms);
  }
  wheel.advance(start + 20ms);
  CHECK(first.fired == 1);
  CHECK(disarmed.fired == 0);
  CHECK(moved.fired == 0);
  wheel.advance(start + 104ms);
  CHECK(moved.fired == 1);
}

TEST_CASE("a timer may destroy itself when it fires") {
  deadline_wheel wheel(start);
  auto one = std::make_unique<test_timer>();
  auto after = std::make_unique<test_timer>();
  one->then = [&] { one.reset(); };
  wheel.arm(*one, start + 1ms);
  wheel.arm(*after, start + 1ms);
  wheel.advance(start + 10ms);
  CHECK(one == nullptr);
  CHECK(after->fired == 1);
}

TEST_CASE("following next_wakeup fires every deadline within a tick") {
  deadline_wheel wheel(start);
  CHECK_FALSE(wheel.next_wakeup());
  auto const offset = GENERATE(as<duration>{}, -1s, 0ms, 1ms, 4ms, 250ms, 4095ms, 4096ms, 4097ms, 20s);
  test_timer one;
  wheel.arm(one, start + offset);
  time_point now = start;
  int wakeups = 0;
  while (one.fired == 0 && wakeups < 20) {
    std::optional<time_point> const next = wheel.next_wakeup();
    REQUIRE(next);
    REQUIRE(*next > now);
    now = *next;
    wheel.advance(now);
    ++wakeups;
  }
  CHECK(now >= start + offset);
  CHECK(now <= std::max(start + offset, start) + tick);
  CHECK(wakeups <= 1 + offset / revolution);
  CHECK_FALSE(wheel.next_wakeup());
}

TEST_CASE("time that does not move, or moves by less than a tick, fires nothing twice") {
  deadline_wheel wheel(start);
  test_timer one;
  wheel.arm(one, start + 8ms);
  for (int round = 0; round < 3; ++round) wheel.advance(start + 12ms);
  wheel.advance(start + 11ms);
  CHECK(one.fired == 1);
}
