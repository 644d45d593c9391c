#include "base/task.hpp"

#include "support/catch.hpp"

#include <memory>
#include <string>
#include <vector>

using tandem::base::ready_task;
using tandem::base::task;
using tandem::base::when_all;

namespace {

/// Events that coroutines wait for, in the order in which they came. Withdraws waiters that are destroyed.
class gate {
 public:
  class waiter {
   public:
    explicit waiter(gate& at) : gate_(at) {}
    waiter(waiter const&) = delete;
    ~waiter() { std::erase(gate_.waiting_, this); }
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
      handle_ = handle;
      gate_.waiting_.push_back(this);
    }
    int await_resume() const { return value_; }

   private:
    friend gate;
    gate& gate_;
    std::coroutine_handle<> handle_;
    int value_ = 0;
  };

  waiter wait() { return waiter(*this); }
  std::size_t waiting() const { return waiting_.size(); }

  void open(int value, std::size_t index = 0) {
    waiter* const one = waiting_.at(index);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(index));
    one->value_ = value;
    one->handle_.resume();
  }

 private:
  std::vector<waiter*> waiting_;
};

task<int> wait_at(gate& at) { co_return co_await at.wait(); }

task<int> doubled(gate& at) {
  int const one = co_await wait_at(at);
  co_return 2 * one;
}

task<int> at_once(int value) { co_return value; }

/// An address in the present stack frame.
std::uintptr_t stack_position() { return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)); }

task<std::uintptr_t> leaf_position() { co_return stack_position(); }

void ignore(void*) {}
void count(void* counter) { ++*static_cast<int*>(counter); }

/// Marks in its destructor that the frame which held it has gone.
struct tell_tale {
  explicit tell_tale(bool& mark) : gone(&mark) {}
  tell_tale(tell_tale const&) = delete;
  ~tell_tale() { *gone = true; }
  bool* gone;
};

}  // namespace

TEST_CASE("nothing of a task runs before it is started") {
  bool ran = false;
  auto body = [&]() -> task<int> {
    ran = true;
    co_return 1;
  };
  task<int> one = body();
  CHECK_FALSE(ran);
  CHECK_FALSE(one.done());
  CHECK(one.start(ignore, nullptr));
  CHECK(ran);
  CHECK(one.take() == 1);
}

TEST_CASE("a task that was never started is destroyed with its parameters") {
  auto const held = std::make_shared<int>(1);
  auto body = [](std::shared_ptr<int> parameter) -> task<int> { co_return *parameter; };
  {
    task<int> const one = body(held);
    CHECK(held.use_count() == 2);
  }
  CHECK(held.use_count() == 1);
}

TEST_CASE("a task that finishes without waiting calls nobody back") {
  int told = 0;
  task<int> one = ready_task(3);
  CHECK(one.start(count, &told));
  CHECK(told == 0);
  CHECK(one.take() == 3);
}

TEST_CASE("a task that waited calls back once, when it is done") {
  gate at;
  int told = 0;
  task<int> one = doubled(at);
  CHECK_FALSE(one.start(count, &told));
  CHECK(told == 0);
  at.open(21);
  CHECK(told == 1);
  CHECK(one.take() == 42);
}

TEST_CASE("a task may be destroyed by its own callback") {
  gate at;
  struct owner_of_task {
    task<int> running;
    int value = 0;
  } owner;
  owner.running = doubled(at);
  owner.running.start(
      [](void* self) {
        auto* const mine = static_cast<owner_of_task*>(self);
        mine->value = mine->running.take();
        mine->running.reset();
      },
      &owner);
  at.open(4);
  CHECK(owner.value == 8);
  CHECK_FALSE(owner.running);
}

TEST_CASE("a million children that do not wait use no stack") {
  auto body = [](int rounds) -> task<std::uintptr_t> {
    std::uintptr_t const first = co_await leaf_position();
    std::uintptr_t spread = 0;
    for (int round = 0; round < rounds; ++round) {
      std::uintptr_t const here = co_await leaf_position();
      spread = std::max(spread, first > here ? first - here : here - first);
    }
    co_return spread;
  };
  task<std::uintptr_t> loop = body(1'000'000);
  REQUIRE(loop.start(ignore, nullptr));
  CHECK(loop.take() == 0);
}

TEST_CASE("children that wait, one after the other, use no stack either") {
  gate at;
  auto body = [](gate& where, int rounds) -> task<int> {
    int sum = 0;
    for (int round = 0; round < rounds; ++round) sum += co_await doubled(where);
    co_return sum;
  };
  task<int> loop = body(at, 10'000);
  int told = 0;
  CHECK_FALSE(loop.start(count, &told));
  std::size_t resumed = 0;
  for (; at.waiting() > 0; ++resumed) at.open(1);
  CHECK(resumed == 10'000);
  CHECK(told == 1);
  CHECK(loop.take() == 20'000);
}

TEST_CASE("waiting and ready children mix in any order") {
  gate at;
  auto body = [](gate& where) -> task<std::string> {
    std::string seen;
    seen += std::to_string(co_await at_once(1));
    seen += std::to_string(co_await wait_at(where));
    seen += std::to_string(co_await at_once(3));
    seen += std::to_string(co_await doubled(where));
    co_return seen;
  };
  task<std::string> one = body(at);
  CHECK_FALSE(one.start(ignore, nullptr));
  at.open(2);
  at.open(2);
  REQUIRE(one.done());
  CHECK(one.take() == "1234");
}

TEST_CASE("a named task is awaited like a temporary one") {
  auto body = []() -> task<int> {
    task<int> child = at_once(5);
    int const value = co_await child;
    co_return value + (child.done() ? 1 : 0);
  };
  task<int> one = body();
  CHECK(one.start(ignore, nullptr));
  CHECK(one.take() == 6);
}

TEST_CASE("a child's frame is gone when the expression that awaited it ends") {
  bool gone = false;
  bool gone_after_await = false;
  auto child = [&]() -> task<int> {
    tell_tale const mark(gone);
    co_return 1;
  };
  auto body = [&]() -> task<int> {
    int const value = co_await child();
    gone_after_await = gone;
    co_return value;
  };
  task<int> one = body();
  CHECK(one.start(ignore, nullptr));
  CHECK(gone_after_await);
}

TEST_CASE("destroying a task that waits withdraws what it waits for, through all its children") {
  gate at;
  bool gone = false;
  auto body = [](gate& where, bool& mark) -> task<int> {
    tell_tale const local(mark);
    co_return co_await doubled(where);
  };
  {
    int told = 0;
    task<int> one = body(at, gone);
    CHECK_FALSE(one.start(count, &told));
    CHECK(at.waiting() == 1);
    one.reset();
    CHECK(told == 0);
  }
  CHECK(at.waiting() == 0);
  CHECK(gone);
}

TEST_CASE("assigning to a task that waits ends what it ran before") {
  gate at;
  task<int> one = wait_at(at);
  one.start(ignore, nullptr);
  one = at_once(7);
  CHECK(at.waiting() == 0);
  CHECK(one.start(ignore, nullptr));
  CHECK(one.take() == 7);
}

TEST_CASE("a task that was moved from is empty, and the other goes on") {
  gate at;
  task<int> first = wait_at(at);
  int told = 0;
  first.start(count, &told);
  task<int> second = std::move(first);
  CHECK_FALSE(first);
  at.open(9);
  CHECK(told == 1);
  CHECK(second.take() == 9);
}

TEST_CASE("a value that only moves passes through tasks") {
  auto body = []() -> task<std::unique_ptr<int>> {
    std::unique_ptr<int> made = co_await ready_task(std::make_unique<int>(11));
    co_return made;
  };
  task<std::unique_ptr<int>> one = body();
  CHECK(one.start(ignore, nullptr));
  CHECK(*one.take() == 11);
}

TEST_CASE("when_all gives its values in the order of the tasks, whatever order they end in") {
  gate at;
  auto body = [](gate& where) -> task<std::vector<int>> {
    std::vector<task<int>> all;
    all.push_back(wait_at(where));
    all.push_back(at_once(100));
    all.push_back(doubled(where));
    all.push_back(wait_at(where));
    co_return co_await when_all(all);
  };
  task<std::vector<int>> one = body(at);
  int told = 0;
  CHECK_FALSE(one.start(count, &told));
  REQUIRE(at.waiting() == 3);
  at.open(30, 2);
  at.open(10, 0);
  CHECK(told == 0);
  at.open(20, 0);
  CHECK(told == 1);
  CHECK(one.take() == std::vector<int>{10, 100, 40, 30});
}

TEST_CASE("when_all of tasks that need not wait does not wait, nor does when_all of none") {
  auto body = [](int tasks) -> task<std::size_t> {
    std::vector<task<int>> all;
    for (int made = 0; made < tasks; ++made) all.push_back(at_once(made));
    std::vector<int> const values = co_await when_all(all);
    co_return values.size();
  };
  for (std::size_t const size : {0U, 1U, 1000U}) {
    task<std::size_t> one = body(static_cast<int>(size));
    CHECK(one.start(ignore, nullptr));
    CHECK(one.take() == size);
  }
}

TEST_CASE("a task that ends an earlier one while when_all still starts does not resume the parent twice") {
  gate at;
  auto opener = [](gate& where) -> task<int> {
    where.open(1);
    co_return 2;
  };
  auto body = [&](gate& where) -> task<int> {
    std::vector<task<int>> all;
    all.push_back(wait_at(where));
    all.push_back(opener(where));
    std::vector<int> const values = co_await when_all(all);
    co_return values[0] + values[1];
  };
  task<int> one = body(at);
  int told = 0;
  CHECK(one.start(count, &told));
  CHECK(told == 0);
  CHECK(one.take() == 3);
}

TEST_CASE("destroying a task inside when_all withdraws those of its children that still wait") {
  gate at;
  auto body = [](gate& where) -> task<int> {
    std::vector<task<int>> all;
    for (int made = 0; made < 3; ++made) all.push_back(wait_at(where));
    co_return (co_await when_all(all))[0];
  };
  task<int> one = body(at);
  one.start(ignore, nullptr);
  at.open(1, 1);
  CHECK(at.waiting() == 2);
  one.reset();
  CHECK(at.waiting() == 0);
}

TEST_CASE("a task without a value is awaited, waits and ends like any other") {
  gate at;
  std::string seen;
  auto child = [&](std::string name) -> task<void> {
    co_await wait_at(at);
    seen += name;
  };
  auto parent = [&]() -> task<int> {
    co_await child("a");
    co_await child("b");
    co_return 3;
  };
  int told = 0;
  task<int> one = parent();
  CHECK_FALSE(one.start(count, &told));
  at.open(1);
  CHECK(seen == "a");
  CHECK(told == 0);
  at.open(1);
  CHECK(seen == "ab");
  CHECK(told == 1);
  CHECK(one.take() == 3);
  task<void> alone = child("c");
  CHECK_FALSE(alone.start(ignore, nullptr));
  alone.reset();
  CHECK(at.waiting() == 0);
}

TEST_CASE("when_all of tasks without values goes on when the last of them is done") {
  gate at;
  auto child = [&](int value) -> task<void> {
    if (value != 0) co_await wait_at(at);
  };
  auto body = [&]() -> task<void> {
    std::vector<task<void>> all;
    for (int made = 0; made < 3; ++made) all.push_back(child(made));
    co_await when_all(all);
  };
  task<void> one = body();
  CHECK_FALSE(one.start(ignore, nullptr));
  at.open(1, 1);
  CHECK_FALSE(one.done());
  at.open(1);
  CHECK(one.done());
}
