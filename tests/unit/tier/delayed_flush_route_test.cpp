#include "tier/delayed_flush_route.hpp"

#include "unit/base/played_executor.hpp"
#include "unit/tier/fake_tier.hpp"

#include <list>
#include <vector>

using namespace tandem;
using namespace tandem::tier;
using namespace std::chrono_literals;
using model::status;
using model::verb;

namespace {

using pauses = std::vector<base::duration>;

/// Two workers' routes of one backend.
struct house {
  model::response flush(delayed_flush_route& at, std::int64_t time) {
    model::request asked;
    asked.command = verb::flush;
    asked.expires = model::exptime(time);
    auto task = at.handle(asked, context);
    REQUIRE(task.start([](void*) {}, nullptr));
    return task.take();
  }
  /// The next pause is over.
  void wake() { REQUIRE(executor.pass_pause()); }
  std::vector<base::duration> pauses() const { return executor.pauses(); }
  std::int64_t unix_time() const { return context.clock.unix_ms() / 1000; }

  test::played_executor executor;
  model::request_context context{executor.running_clock()};
  fake_tier inner;
  flush_order order;
  metrics::registry registry;
  delayed_flush_route first{"it", inner, order, executor, registry.add_worker()};
  delayed_flush_route second{"it", inner, order, executor, registry.add_worker()};
};

}  // namespace

TEST_CASE("a flush without a delay, or whose time has been, is the inner route's at once") {
  house test;
  std::int64_t const now = test.unix_time();
  for (std::int64_t const time :
       {std::int64_t{0}, std::int64_t{-1}, std::max(now, model::exptime::relative_max + 1)}) {
    INFO(time);
    test.inner.ready.push_back(model::response::server_error(base::error_kind::timeout, "late"));
    CHECK(test.flush(test.first, time).failed());
    CHECK(test.inner.asked() == "flush_all");
    CHECK(test.pauses().empty());
  }
}

TEST_CASE("a delay is answered at once and flushes when it is over, relative or absolute") {
  house test;
  std::int64_t const now = test.unix_time();
  for (std::int64_t const time : {std::int64_t{5}, now + 10}) {
    INFO(time);
    CHECK(test.flush(test.first, time).hit());
    CHECK(test.inner.asked().empty());
    CHECK(test.pauses() == pauses{5s});
    test.inner.ready.emplace_back();
    test.wake();
    CHECK(test.inner.asked() == "flush_all");
    CHECK_FALSE(test.first.busy());
  }
}

TEST_CASE("a later flush takes the place of the one that waits, whichever worker is asked") {
  struct example {
    bool by_other;
    std::int64_t time;
  };
  for (example const later : {example{false, 9}, example{true, 9}, example{false, 0}, example{true, 0},
                              example{false, -1}, example{true, 2}}) {
    INFO((later.by_other ? "the other worker, " : "the same worker, ") << later.time);
    house test;
    CHECK(test.flush(test.first, 5).hit());
    bool const at_once = later.time <= 0;
    if (at_once) test.inner.ready.emplace_back();
    CHECK(test.flush(later.by_other ? test.second : test.first, later.time).hit());
    CHECK(test.inner.asked() == (at_once ? "flush_all" : ""));
    test.inner.ready.emplace_back();
    std::int64_t flushed_after = 0;
    for (std::int64_t second = 1; second <= 10; ++second) {
      test.executor.pass(1s);
      if (!test.inner.asked().empty()) flushed_after = second;
    }
    CHECK(flushed_after == (at_once ? 0 : later.time));
  }
}

TEST_CASE("a flush that has begun goes on when another one is asked for") {
  house test;
  CHECK(test.flush(test.first, 5).hit());
  test.wake();
  CHECK(test.first.busy());
  CHECK(test.flush(test.first, 9).hit());
  CHECK(test.first.busy());
  test.inner.answer({});
  CHECK_FALSE(test.first.busy());
}

TEST_CASE("one that fails is tried again each second for a minute, unless a later one has taken its place") {
  house test;
  CHECK(test.flush(test.first, 5).hit());
  auto const down = [] { return model::response::server_error(base::error_kind::connect, "down"); };
  SECTION("until it works") {
    test.inner.ready = {down(), down(), {}};
    test.wake();
    CHECK(test.pauses() == pauses{1s});
    test.wake();
    test.wake();
    CHECK(test.inner.asked() == "flush_all; flush_all; flush_all");
    CHECK(test.pauses().empty());
  }
  SECTION("replaced") {
    test.inner.ready = {down(), {}};
    test.wake();
    CHECK(test.flush(test.second, 0).hit());
    test.wake();
    CHECK(test.inner.asked() == "flush_all; flush_all");
  }
  SECTION("given up") {
    for (int i = 0; i < delayed_flush_route::attempts_max; ++i) test.inner.ready.push_back(down());
    for (int i = 0; i < delayed_flush_route::attempts_max; ++i) test.wake();
    CHECK(test.inner.ready.empty());
    CHECK(test.pauses().empty());
  }
}

TEST_CASE("a route that has been replaced is busy until the flush that is tried again is done") {
  house test;
  CHECK(test.flush(test.first, 5).hit());
  test.first.retire();
  test.inner.ready = {model::response::server_error(base::error_kind::connect, "down")};
  test.wake();
  CHECK(test.pauses() == pauses{1s});
  CHECK(test.first.busy());
  test.inner.ready.emplace_back();
  test.wake();
  CHECK(test.inner.asked() == "flush_all; flush_all");
  CHECK_FALSE(test.first.busy());
}

TEST_CASE("what waits or is being done ends with the route") {
  house test;
  CHECK(test.flush(test.first, 5).hit());
  test.first.stop();
  CHECK(test.pauses().empty());
  test.executor.pass(10s);
  CHECK(test.inner.asked().empty());
}

TEST_CASE("every other command is the inner route's") {
  house test;
  model::request asked;
  asked.key = base::slice::of_static("k");
  test.inner.ready.emplace_back();
  auto task = test.first.handle(asked, test.context);
  CHECK(task.start([](void*) {}, nullptr));
  CHECK(test.inner.asked() == "get k");
}
