#include "backend/redis/key_turns.hpp"

#include "base/task.hpp"
#include "support/catch.hpp"

namespace tandem::backend::redis::tests {
namespace {

/// Lets a coroutine wait until the test calls go().
struct gate {
  std::coroutine_handle<> waiting;

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) { waiting = handle; }
  void await_resume() const {}
  void go() { std::exchange(waiting, nullptr).resume(); }
};

/// Requests that note in `said` when they are sent, and wait for their answers at their gates.
struct turns_fixture {
  std::deque<std::function<void()>> posted;
  key_turns turns{[this](std::function<void()> work) { posted.push_back(std::move(work)); }};
  std::string said;

  void run_posted() {
    while (!posted.empty()) {
      auto const work = std::move(posted.front());
      posted.pop_front();
      work();
    }
  }

  base::task<bool> request(std::string name, key_turns::manner how, gate& answer, bool again = false,
                           std::string key = "k") {
    key_turns::turn turn(turns, key);
    co_await turn.enter(how);
    said += name;
    co_await answer;
    if (again) {
      co_await turn.hold();
      said += name + "again ";
      co_await answer;
    }
    said += name + "done ";
    co_return true;
  }

  static void start(base::task<bool>& one) {
    one.start([](void*) {}, nullptr);
  }
};

}  // namespace

TEST_CASE_METHOD(turns_fixture, "plain commands do not wait for each other") {
  gate a, b;
  auto first = request("A ", key_turns::pass(), a);
  auto second = request("B ", key_turns::pass(), b);
  start(first);
  start(second);
  CHECK(said == "A B ");
  CHECK(turns.keys() == 0);
}

TEST_CASE_METHOD(turns_fixture, "a command waits for the script that came before it") {
  gate a, b;
  auto first = request("A ", key_turns::share(1), a);
  auto second = request("B ", key_turns::pass(), b);
  start(first);
  start(second);
  CHECK(said == "A ");
  a.go();
  CHECK(said == "A A done ");
  run_posted();
  CHECK(said == "A A done B ");
  CHECK(turns.keys() == 0);
}

TEST_CASE_METHOD(turns_fixture, "other keys do not wait") {
  gate a, b;
  auto first = request("A ", key_turns::share(1), a);
  auto second = request("B ", key_turns::pass(), b, false, "another");
  start(first);
  start(second);
  CHECK(said == "A B ");
}

TEST_CASE_METHOD(turns_fixture, "calls of the same script go together, those of another wait") {
  gate a, b, c, d;
  auto first = request("A ", key_turns::share(1), a);
  auto second = request("B ", key_turns::share(1), b);
  auto third = request("C ", key_turns::share(2), c);
  auto fourth = request("D ", key_turns::share(1), d);
  for (auto* each : {&first, &second, &third, &fourth}) start(*each);
  CHECK(said == "A B ");
  a.go();
  run_posted();
  CHECK(said == "A B A done ");
  b.go();
  run_posted();
  CHECK(said == "A B A done B done C ");
  c.go();
  run_posted();
  CHECK(said.ends_with("C done D "));
  d.go();
  CHECK(turns.keys() == 0);
}

TEST_CASE_METHOD(turns_fixture, "commands that go out again keep their order, ahead of later ones") {
  gate a, b, c;
  auto first = request("A ", key_turns::pass(), a, true);
  auto second = request("B ", key_turns::pass(), b, true);
  auto third = request("C ", key_turns::pass(), c);
  start(first);
  start(second);
  a.go();
  start(third);
  b.go();
  CHECK(said == "A B A again ");
  a.go();
  run_posted();
  CHECK(said == "A B A again A done B again ");
  b.go();
  run_posted();
  CHECK(said == "A B A again A done B again B done C ");
  CHECK(turns.keys() == 0);
}

TEST_CASE_METHOD(turns_fixture, "a script that goes out again holds its key alone") {
  gate a, b, c;
  auto first = request("A ", key_turns::share(1), a, true);
  auto second = request("B ", key_turns::share(1), b, true);
  auto third = request("C ", key_turns::share(1), c);
  start(first);
  start(second);
  a.go();
  start(third);
  CHECK(said == "A B ");
  b.go();
  run_posted();
  CHECK(said == "A B A again ");
  a.go();
  run_posted();
  b.go();
  run_posted();
  CHECK(said == "A B A again A done B again B done C ");
}

TEST_CASE_METHOD(turns_fixture, "an abandoned holder lets the others go on") {
  gate a, b;
  auto first = request("A ", key_turns::share(1), a);
  auto second = request("B ", key_turns::pass(), b);
  start(first);
  start(second);
  first.reset();
  CHECK(said == "A ");
  run_posted();
  CHECK(said == "A B ");
  CHECK(turns.keys() == 0);
}

TEST_CASE_METHOD(turns_fixture, "an abandoned waiter is forgotten") {
  gate a, b, c;
  auto first = request("A ", key_turns::share(1), a);
  auto second = request("B ", key_turns::pass(), b);
  auto third = request("C ", key_turns::pass(), c);
  start(first);
  start(second);
  start(third);
  second.reset();
  a.go();
  third.reset();
  run_posted();
  CHECK(said == "A A done ");
  CHECK(turns.keys() == 0);
}

TEST_CASE("a posted wake-up that comes after the end does nothing") {
  std::function<void()> posted;
  gate a, b;
  {
    key_turns turns([&](std::function<void()> work) { posted = std::move(work); });
    auto const request = [&](key_turns::manner how, gate& answer) -> base::task<bool> {
      key_turns::turn turn(turns, "k");
      co_await turn.enter(how);
      co_await answer;
      co_return true;
    };
    auto first = request(key_turns::share(1), a);
    auto second = request(key_turns::pass(), b);
    first.start([](void*) {}, nullptr);
    second.start([](void*) {}, nullptr);
    a.go();
  }
  REQUIRE(posted);
  posted();
}

}  // namespace tandem::backend::redis::tests
