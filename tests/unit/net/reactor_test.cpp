#include "net/reactor.hpp"

#include "base/sleep.hpp"
#include "base/task.hpp"
#include "support/catch.hpp"
#include "unit/net/event_loop.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using tandem::base::sleep_until;
using tandem::base::task;
using tandem::base::time_point;
using tandem::net::reactor;
using tandem::test::event_loop;

namespace {

struct test_timer : tandem::base::timer {
  void on_deadline() override {
    ++fired;
    if (then) then();
  }
  int fired = 0;
  std::function<void()> then;
};

struct test_flushable final : reactor::flushable {
  explicit test_flushable(std::function<void()> what) : flushed(std::move(what)) {}
  void flush() override { flushed(); }
  std::function<void()> flushed;
};

}  // namespace

TEST_CASE("a reactor runs work posted from any thread, on its own, until it is stopped") {
  tandem::base::system_clock const clock;
  reactor loop(clock);
  int on_loop = 0;  // not atomic: every write is on the reactor's thread
  std::thread::id ran_on;
  std::thread runner([&] { loop.run(); });
  std::thread::id const runs_on = runner.get_id();
  std::vector<std::thread> posters;
  for (int count = 0; count < 4; ++count) {
    posters.emplace_back([&] {
      for (int round = 0; round < 500; ++round) loop.post([&] { ++on_loop; });
    });
  }
  for (std::thread& each : posters) each.join();
  loop.post([&] {
    ran_on = std::this_thread::get_id();
    loop.stop();
  });
  runner.join();
  CHECK(ran_on == runs_on);
  CHECK(on_loop == 2000);
}

TEST_CASE("a reactor that waits for nothing is stopped from another thread") {
  tandem::base::system_clock const clock;
  reactor loop(clock);
  std::atomic<bool> over = false;
  std::thread runner([&] {
    loop.run();
    over = true;
  });
  std::atomic<int> called = 0;
  auto const limit = std::chrono::steady_clock::now() + 10s;
  for (int round = 0; round < 100; ++round) {
    loop.post([&] { ++called; });
    while (called == round && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
  }
  CHECK(called == 100);
  CHECK_FALSE(over);
  loop.stop();
  runner.join();
  CHECK(over);
}

TEST_CASE("what is posted behind all comes after what this thread and others have posted before") {
  tandem::base::system_clock const clock;
  reactor loop(clock);
  std::string order;
  loop.post([&] {
    loop.post([&] { order += "own "; });
    std::thread([&] { loop.post([&] { order += "other "; }); }).join();
    loop.post_behind_all([&] {
      order += "behind ";
      loop.stop();
    });
    loop.post([&] { order += "own, later "; });
  });
  loop.run();
  CHECK(order == "own own, later other behind ");
}

TEST_CASE(
    "what is posted behind all comes after what this thread has posted though the mailbox is about to be "
    "emptied") {
  tandem::base::system_clock const clock;
  reactor loop(clock);
  std::string order;
  loop.post([&] {
    loop.post([&] {
      loop.post([&] { order += "own "; });
      loop.post_behind_all([&] {
        order += "behind ";
        loop.stop();
      });
    });
    std::thread([&] { loop.post([&] { order += "other "; }); }).join();
  });
  loop.run();
  CHECK(order == "other own behind ");
}

TEST_CASE("reactors on threads of their own exchange messages and arm their own deadlines") {
  tandem::base::system_clock const clock;
  reactor first(clock);
  reactor second(clock);
  int trips = 0;
  test_timer pause;
  std::function<void()> go = [&] {
    second.post([&] { first.post([&] { first.arm(pause, first.now() + 1ms); }); });
  };
  pause.then = [&] {
    if (++trips < 10) return go();
    second.stop();
    first.stop();
  };
  std::thread runner([&] { second.run(); });
  go();
  first.run();
  runner.join();
  CHECK(trips == 10);
}

TEST_CASE("work that never ran is destroyed with the reactor") {
  auto const held = std::make_shared<int>(1);
  {
    event_loop loop;
    loop.reactor().post([held] {});
    loop.reactor().flush_later(std::make_shared<test_flushable>([held] {}));
    CHECK(held.use_count() == 3);
  }
  CHECK(held.use_count() == 1);
}

TEST_CASE("what is to be flushed is flushed after the whole batch, once each, in the order of asking") {
  event_loop loop;
  std::string seen;
  auto const a = std::make_shared<test_flushable>([&] { seen += "A"; });
  auto const b = std::make_shared<test_flushable>([&] { seen += "B"; });
  loop.reactor().post([&] {
    seen += "1";
    loop.reactor().flush_later(b);
  });
  loop.reactor().post([&] {
    seen += "2";
    loop.reactor().flush_later(a);
    loop.reactor().flush_later(b);
  });
  loop.reactor().post([&] { seen += "3"; });
  loop.settle();
  CHECK(seen == "123BA");
}

TEST_CASE("asking for a flush while flushing gives another flush") {
  event_loop loop;
  int flushes = 0;
  std::shared_ptr<test_flushable> self;
  std::shared_ptr<test_flushable> other;
  std::string seen;
  self = std::make_shared<test_flushable>([&] {
    seen += "s";
    if (++flushes < 4) loop.reactor().flush_later(self);
    if (flushes == 1) loop.reactor().flush_later(other);
  });
  other = std::make_shared<test_flushable>([&] { seen += "o"; });
  loop.reactor().flush_later(self);
  loop.reactor().flush_later(other);
  loop.settle();
  CHECK(flushes == 4);
  CHECK(seen == "sosss");
  self->flushed = nullptr;
}

TEST_CASE("what is to be flushed lives until then") {
  event_loop loop;
  bool flushed = false;
  auto one = std::make_shared<test_flushable>([&] { flushed = true; });
  std::weak_ptr<test_flushable> const watch = one;
  loop.reactor().flush_later(std::move(one));
  CHECK_FALSE(watch.expired());
  loop.settle();
  CHECK(flushed);
  CHECK(watch.expired());
}

TEST_CASE("a deadline fires on a reactor that nothing else wakes, not early") {
  event_loop loop;
  test_timer one;
  time_point const deadline = loop.now() + 20ms;
  time_point fired_at{};
  one.then = [&] { fired_at = loop.now(); };
  loop.reactor().arm(one, deadline);
  REQUIRE(loop.until([&] { return one.fired > 0; }));
  CHECK(fired_at >= deadline);
  CHECK(fired_at < deadline + 2s);
}

TEST_CASE("a nearer deadline wakes a reactor that waits for a farther one, and the farther one still fires") {
  event_loop loop;
  std::string seen;
  test_timer far;
  test_timer middle;
  test_timer near;
  far.then = [&] { seen += "f"; };
  middle.then = [&] { seen += "m"; };
  near.then = [&] { seen += "n"; };
  loop.reactor().arm(far, loop.now() + 60ms);
  loop.reactor().arm(near, loop.now() + 10ms);
  loop.reactor().arm(middle, loop.now() + 30ms);
  REQUIRE(loop.until([&] { return seen.size() == 3; }));
  CHECK(seen == "nmf");
}

TEST_CASE("deadlines armed inside callbacks are not forgotten") {
  event_loop loop;
  test_timer chain;
  test_timer other;
  chain.then = [&] {
    if (chain.fired < 10) loop.reactor().arm(chain, loop.now() + std::chrono::milliseconds(chain.fired % 3));
    if (chain.fired == 5) loop.reactor().arm(other, loop.now() + 1ms);
  };
  loop.reactor().arm(chain, loop.now() + 1ms);
  REQUIRE(loop.until([&] { return chain.fired == 10 && other.fired == 1; }));
}

TEST_CASE("a deadline armed when the one before was disarmed, or has fired, still fires") {
  event_loop loop;
  test_timer disarmed;
  test_timer one;
  loop.reactor().arm(disarmed, loop.now() + 5ms);
  disarmed.disarm();
  loop.reactor().arm(one, loop.now() + 15ms);
  REQUIRE(loop.until([&] { return one.fired == 1; }));
  loop.reactor().arm(one, loop.now() + 5ms);
  REQUIRE(loop.until([&] { return one.fired == 2; }));
  CHECK(disarmed.fired == 0);
}

TEST_CASE("a deadline in the past fires soon, from the loop and not from arm") {
  event_loop loop;
  test_timer one;
  loop.reactor().arm(one, loop.now() - 1h);
  CHECK(one.fired == 0);
  REQUIRE(loop.until([&] { return one.fired == 1; }));
}

TEST_CASE("a near deadline armed by work that was posted behind a due wakeup fires") {
  event_loop loop;
  test_timer first;
  test_timer second;
  loop.reactor().arm(first, loop.now() + 1ms);
  std::this_thread::sleep_for(20ms);  // the wakeup is due before the loop looks at it
  loop.reactor().post([&] { loop.reactor().arm(second, loop.now() + 1ms); });
  REQUIRE(loop.until([&] { return first.fired == 1 && second.fired == 1; }));
}

TEST_CASE("a sleeping coroutine is resumed after its pause, and one that is destroyed never") {
  event_loop loop;
  auto body = [](event_loop& in, std::chrono::milliseconds pause) -> task<int> {
    co_await sleep_until(in.reactor(), in.now() + pause);
    co_return 1;
  };
  auto ignore = [](void*) {};
  task<int> finished = body(loop, 10ms);
  task<int> destroyed = body(loop, 1ms);
  task<int> no_pause = body(loop, -1ms);
  CHECK_FALSE(finished.start(ignore, nullptr));
  CHECK_FALSE(destroyed.start(ignore, nullptr));
  CHECK(no_pause.start(ignore, nullptr));
  destroyed.reset();
  REQUIRE(loop.until([&] { return finished.done(); }));
}
