#include "backend/redis/key_lanes.hpp"

#include "base/task.hpp"
#include "support/catch.hpp"
#include "unit/base/played_executor.hpp"

#include <deque>
#include <utility>

namespace tandem::backend::redis::tests {
namespace {

struct what {
  static constexpr key_lanes::script command = nullptr;
  static inline protocol::redis::script const one{}, another{};
  static constexpr key_lanes::script script = &one;
  static constexpr key_lanes::script another_script = &another;
};

/// Lets a coroutine wait until the test says what its server has answered.
struct server {
  enum class answer : std::uint8_t { executed, refused };
  std::coroutine_handle<> waiting;
  answer said = answer::executed;

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) { waiting = handle; }
  answer await_resume() const { return said; }
  void says(answer now) {
    said = now;
    std::exchange(waiting, nullptr).resume();
  }
  void executes() { says(answer::executed); }
  void refuses() { says(answer::refused); }
};

/// Requests that note in `said` when they are sent, and go again when they are refused.
struct turns_fixture {
  test::played_executor executor;
  key_lanes lanes{executor};
  std::string said;

  void run_posted() { executor.run(); }

  std::string heard() {
    run_posted();
    return std::exchange(said, {});
  }

  base::task<bool> request(std::string name, key_lanes::script how, server& asked, std::uint32_t client = 1,
                           std::string key = "k") {
    key_lanes::member mine(lanes, {client, key});
    co_await mine.enter(how);
    said += name + (mine.waited() && how ? " whole, " : ", ");
    for (;;) {
      auto const answer = co_await asked;
      if (answer == server::answer::executed) break;
      mine.refused();
      co_await mine.hold();
      if (mine.overtaken()) {
        said += name + " fails, ";
        co_return false;
      }
      said += name + " again, ";
    }
    co_return true;
  }

  static void start(auto&... all) {
    (all.start([](void*) {}, nullptr), ...);
  }

  server a, b, c, d;
};

}  // namespace

TEST_CASE_METHOD(turns_fixture, "commands do not wait for each other, nor do scripts") {
  auto first = request("A", what::command, a);
  auto second = request("B", what::script, b);
  auto third = request("C", what::script, c);
  start(first, second, third);
  CHECK(heard() == "A, B, C, ");
  CHECK(lanes.waiting() == 0);
}

TEST_CASE_METHOD(turns_fixture, "a command waits for its own client's scripts before it, and no other does") {
  auto first = request("A", what::script, a);
  auto second = request("B", what::command, b);
  auto another_client = request("C", what::command, c, 2);
  auto another_key = request("D", what::command, d, 1, "another");
  start(first, second, another_client, another_key);
  CHECK(heard() == "A, C, D, ");
  a.executes();
  CHECK(heard() == "B, ");
  CHECK(lanes.waiting() == 0);
}

TEST_CASE_METHOD(turns_fixture, "a script waits for another one before it, and goes with its body then") {
  auto first = request("A", what::script, a);
  auto second = request("B", what::script, b);
  auto third = request("C", what::another_script, c);
  auto fourth = request("D", what::script, d);
  start(first, second, third, fourth);
  CHECK(heard() == "A, B, ");
  a.refuses();
  b.executes();
  CHECK(heard() == "A fails, C whole, D whole, ");
  CHECK(lanes.waiting() == 0);
}

TEST_CASE_METHOD(turns_fixture, "what waits goes in order, scripts with their bodies, all at once") {
  auto first = request("A", what::script, a);
  auto second = request("B", what::command, b);
  auto third = request("C", what::script, c);
  auto fourth = request("D", what::command, d);
  start(first, second, third, fourth);
  CHECK(heard() == "A, ");
  a.executes();
  CHECK(heard() == "B, C whole, D, ");
}

TEST_CASE_METHOD(turns_fixture,
                 "scripts that were all forgotten go again in their order, ahead of later commands") {
  auto first = request("A", what::script, a);
  auto second = request("B", what::script, b);
  auto third = request("C", what::command, c);
  start(first, second);
  a.refuses();
  start(third);
  CHECK(heard() == "A, B, ");
  b.refuses();
  CHECK(heard() == "A again, ");
  a.executes();
  CHECK(heard() == "B again, ");
  b.executes();
  CHECK(heard() == "C, ");
  c.executes();
  CHECK(lanes.waiting() == 0);
}

TEST_CASE_METHOD(turns_fixture, "one whose successor was executed does not go again") {
  auto first = request("A", what::command, a);
  auto second = request("B", what::command, b);
  start(first, second);
  SECTION("after it was refused") {
    a.refuses();
    CHECK(heard() == "A, B, ");
    b.executes();
    CHECK(heard() == "A fails, ");
  }
  SECTION("before, over another connection") {
    b.executes();
    a.refuses();
    CHECK(heard() == "A, B, A fails, ");
  }
  SECTION("perhaps: it was abandoned under way") {
    a.refuses();
    second.reset();
    CHECK(heard() == "A, B, A fails, ");
  }
  CHECK(lanes.waiting() == 0);
}

TEST_CASE_METHOD(turns_fixture, "of several clients' writes that are refused, each goes again") {
  auto first = request("A", what::command, a, 1);
  auto second = request("B", what::command, b, 2);
  auto third = request("C", what::command, c, 3);
  start(first, second, third);
  a.refuses();
  b.refuses();
  CHECK(heard() == "A, B, C, A again, B again, ");
  c.executes();
  a.refuses();
  CHECK(heard() == "A again, ");
}

TEST_CASE_METHOD(turns_fixture, "an abandoned holder lets the others go on") {
  auto first = request("A", what::command, a);
  auto second = request("B", what::command, b);
  start(first);
  a.refuses();
  start(second);
  CHECK(heard() == "A, A again, ");
  first.reset();
  CHECK(heard() == "B, ");
  CHECK(lanes.waiting() == 0);
}

TEST_CASE_METHOD(turns_fixture, "an abandoned waiter is forgotten") {
  auto first = request("A", what::script, a);
  auto second = request("B", what::command, b);
  auto third = request("C", what::command, c);
  start(first, second, third);
  second.reset();
  a.executes();
  third.reset();
  CHECK(heard() == "A, ");
  CHECK(lanes.waiting() == 0);
}

TEST_CASE("a posted wake-up that comes after the end does nothing") {
  test::played_executor executor;
  server a, b;
  {
    key_lanes lanes(executor);
    auto const request = [&](key_lanes::script how, server& asked) -> base::task<void> {
      key_lanes::member mine(lanes, {1, "k"});
      co_await mine.enter(how);
      co_await asked;
    };
    auto first = request(what::script, a);
    auto second = request(what::command, b);
    first.start([](void*) {}, nullptr);
    second.start([](void*) {}, nullptr);
    a.executes();
  }
  REQUIRE(executor.posted() == 1);
  executor.run();
}

}  // namespace tandem::backend::redis::tests
