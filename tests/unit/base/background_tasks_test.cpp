#include "base/background_tasks.hpp"

#include "base/event.hpp"
#include "support/catch.hpp"

#include <memory>
#include <string>
#include <tuple>
#include <vector>

using tandem::base::background_tasks;
using tandem::base::event;
using tandem::base::task;

namespace {

struct fixture {
  /// Notes when it begins, goes on and is gone.
  struct presence {
    presence(std::string& words, std::string of) : said(words), name(std::move(of)) { said += name + " "; }
    presence(presence const&) = delete;
    ~presence() { said += "-" + name + " "; }
    std::string& said;
    std::string const name;
  };

  task<void> wait_for(event<>& awaited, std::string name) {
    presence const here(said, std::move(name));
    co_await awaited;
    said += "+ ";
  }
  task<void> at_once(std::string name) {
    presence const here(said, std::move(name));
    co_return;
  }

  std::string said;
  event<> first;
  event<> second;
  background_tasks tasks{2};
};

}  // namespace

TEST_CASE_METHOD(fixture, "tasks run until they are done, and make room for others") {
  CHECK(tasks.start(wait_for(first, "a")));
  CHECK(tasks.start(at_once("b")));
  CHECK(tasks.size() == 1);
  CHECK(tasks.start(wait_for(second, "c")));
  CHECK(tasks.full());
  first.set();
  CHECK(tasks.size() == 1);
  CHECK_FALSE(tasks.full());
  CHECK(said == "a b -b c + -a ");
}

TEST_CASE_METHOD(fixture, "with as many as may run, another is destroyed without having begun") {
  CHECK(tasks.start(wait_for(first, "a")));
  CHECK(tasks.start(wait_for(first, "b")));
  auto const held = std::make_shared<int>();
  auto const body = [](std::shared_ptr<int>) -> task<void> { co_return; };
  CHECK_FALSE(tasks.start(body(held)));
  CHECK(held.use_count() == 1);
  CHECK(tasks.size() == 2);
  first.set();
  CHECK(tasks.start(body(held)));
  CHECK(tasks.size() == 0);
}

TEST_CASE_METHOD(fixture, "stop ends all wherever they wait, and none begins any more") {
  CHECK(tasks.start(wait_for(first, "a")));
  CHECK(tasks.start(wait_for(second, "b")));
  tasks.stop();
  CHECK(said == "a b -a -b ");
  CHECK(tasks.size() == 0);
  CHECK(tasks.full());
  CHECK_FALSE(tasks.start(at_once("c")));
  first.set();
  CHECK(said == "a b -a -b ");
}

TEST_CASE_METHOD(fixture, "end_all ends all, and others begin afterwards") {
  CHECK(tasks.start(wait_for(first, "a")));
  tasks.end_all();
  CHECK(tasks.start(wait_for(first, "b")));
  first.set();
  CHECK(said == "a -a b + -b ");
}

TEST_CASE_METHOD(fixture, "all end with the object") {
  {
    background_tasks others{1};
    CHECK(others.start(wait_for(first, "a")));
  }
  CHECK(said == "a -a ");
}

TEST_CASE_METHOD(fixture, "the end of one may let another go on to its own") {
  struct setter {
    event<>& what;
    ~setter() { what.set(); }
  };
  auto const lets_go = [&]() -> task<void> {
    setter const at_end{first};
    co_await second;
  };
  background_tasks all{3};
  CHECK(all.start(lets_go()));
  CHECK(all.start(wait_for(first, "a")));
  CHECK(all.start(wait_for(second, "b")));
  all.stop();
  CHECK(all.size() == 0);
  CHECK(said == "a b + -a -b ");
}

TEST_CASE_METHOD(fixture, "what the end of one would begin does not begin once it is stopped") {
  struct starter {
    fixture& in;
    bool& begun;
    ~starter() { begun = in.tasks.start(in.at_once("late")); }
  };
  bool begun = true;
  auto const begins_another = [&]() -> task<void> {
    starter const at_end{*this, begun};
    co_await first;
  };
  CHECK(tasks.start(begins_another()));
  tasks.stop();
  CHECK_FALSE(begun);
  CHECK(said.empty());
}
