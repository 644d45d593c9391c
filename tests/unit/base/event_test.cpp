#include "base/event.hpp"

#include "base/task.hpp"
#include "support/catch.hpp"
#include "unit/base/played_executor.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

using tandem::base::event;
using tandem::base::task;

namespace {

void ignore(void*) {}

/// Some that await events, and note in `said` that they went on.
struct crowd {
  task<void> wait_for(event<>& awaited, std::string name) {
    co_await awaited;
    said += name;
  }
  task<void>& add(event<>& awaited, std::string name) {
    task<void>& made = *all.emplace_back(std::make_unique<task<void>>(wait_for(awaited, std::move(name))));
    made.start(ignore, nullptr);
    return made;
  }

  std::string said;
  std::vector<std::unique_ptr<task<void>>> all;
};

}  // namespace

TEST_CASE("all who await an event go on when it happens, in the order in which they came, and once") {
  event<> one;
  crowd test;
  for (char const* const name : {"a", "b", "c"}) test.add(one, name);
  CHECK(test.said.empty());
  CHECK_FALSE(one.happened());
  one.set();
  CHECK(test.said == "abc");
  CHECK(one.happened());
  one.set();
  CHECK(test.said == "abc");
}

TEST_CASE("who awaits what has happened does not wait") {
  event<> one;
  one.set();
  crowd test;
  CHECK(test.add(one, "a").done());
  CHECK(test.said == "a");
}

TEST_CASE("an event brings its first value to all who waited and to those who come later") {
  event<std::string> one;
  auto const body = [](event<std::string>& awaited) -> task<std::string> { co_return co_await awaited; };
  task<std::string> first = body(one);
  task<std::string> second = body(one);
  CHECK_FALSE(first.start(ignore, nullptr));
  CHECK_FALSE(second.start(ignore, nullptr));
  CHECK_FALSE(one.value());
  one.set("this");
  one.set("that");
  task<std::string> late = body(one);
  CHECK(late.start(ignore, nullptr));
  for (task<std::string>* const each : {&first, &second, &late}) CHECK(each->take() == "this");
  CHECK(one.value() == "this");
}

TEST_CASE("one that ends while it waits is not resumed, and the others are") {
  event<> one;
  crowd test;
  for (char const* const name : {"a", "b", "c"}) test.add(one, name);
  test.all[1]->reset();
  one.set();
  CHECK(test.said == "ac");
}

TEST_CASE("whoever is resumed may end those who wait behind it") {
  event<> one;
  crowd test;
  auto const ends_others = [](event<>& awaited, crowd& in) -> task<void> {
    co_await awaited;
    in.said += "a";
    in.all[0]->reset();
    in.all[2]->reset();
  };
  task<void> first = ends_others(one, test);
  first.start(ignore, nullptr);
  for (char const* const name : {"b", "c", "d", "e"}) test.add(one, name);
  one.set();
  CHECK(test.said == "ace");
}

TEST_CASE("whoever is resumed may end the event, and those behind it get the value all the same") {
  auto one = std::make_unique<event<std::string>>();
  std::string said;
  auto const body = [](std::unique_ptr<event<std::string>>& owner, std::string& words) -> task<void> {
    std::string const brought = co_await *owner;
    owner.reset();
    words += brought;
  };
  task<void> first = body(one, said);
  task<void> second = body(one, said);
  first.start(ignore, nullptr);
  second.start(ignore, nullptr);
  one->set("a value too long for the place inside the string; ");
  CHECK(
      said ==
      "a value too long for the place inside the string; a value too long for the place inside the string; ");
}

TEST_CASE("an event that ends before it happens resumes nobody") {
  crowd test;
  {
    event<> one;
    test.add(one, "a");
  }
  CHECK_FALSE(test.all[0]->done());
}

TEST_CASE("who awaits an event while it resumes others goes on at once") {
  event<> one;
  crowd test;
  auto const brings_another = [](event<>& awaited, crowd& in) -> task<void> {
    co_await awaited;
    in.add(awaited, "new ");
    in.said += "a ";
  };
  task<void> first = brings_another(one, test);
  first.start(ignore, nullptr);
  test.add(one, "b ");
  one.set();
  CHECK(test.said == "new a b ");
}

namespace {

struct patient {
  task<void> wait(event<>& one, tandem::base::time_point deadline) {
    bool const is_done = co_await one.until(executor, deadline);
    said += is_done ? "done " : "late ";
  }
  void start(event<>& one, tandem::base::time_point deadline) {
    all.push_back(std::make_unique<task<void>>(wait(one, deadline)));
    if (all.back()->start(ignore, nullptr)) said += "at once ";
  }

  tandem::test::played_executor executor;
  std::string said;
  std::vector<std::unique_ptr<task<void>>> all;
};

}  // namespace

TEST_CASE("an event that is awaited until a moment is over is waited for no longer") {
  using namespace std::chrono_literals;
  patient test;
  auto one = std::make_unique<event<>>();
  tandem::base::time_point const now = test.executor.now();
  test.start(*one, now + 5ms);
  test.start(*one, now + 10ms);
  test.start(*one, tandem::base::time_point::max());
  test.executor.pass(5ms);
  CHECK(test.said == "late ");
  one->set();
  CHECK(test.said == "late done done ");
  CHECK(test.executor.pauses().empty());
  test.start(*one, now);  // it has happened, however late it is
  CHECK(test.said == "late done done done at once ");

  test.said.clear();
  one = std::make_unique<event<>>();
  test.start(*one, now);
  CHECK(test.said == "late at once ");
  test.start(*one, test.executor.now() + 1ms);
  one.reset();
  test.executor.pass(1ms);
  CHECK(test.said == "late at once late ");
  one = std::make_unique<event<>>();
  test.start(*one, test.executor.now() + 1ms);
  test.all.clear();
  CHECK(test.executor.pauses().empty());
}

TEST_CASE("an event awaited until a moment is over brings its value, or none") {
  using namespace std::chrono_literals;
  tandem::test::played_executor executor;
  event<bool> one;
  std::string said;
  auto const body = [&](tandem::base::time_point deadline) -> task<void> {
    std::optional<bool> const brought = co_await one.until(executor, deadline);
    said += !brought ? "none " : *brought ? "yes " : "no ";
  };
  task<void> first = body(executor.now() + 1ms);
  task<void> second = body(executor.now() + 2ms);
  first.start(ignore, nullptr);
  second.start(ignore, nullptr);
  executor.pass(1ms);
  one.set(false);
  CHECK(said == "none no ");
}
