#include "base/sleep.hpp"

#include "base/task.hpp"
#include "support/catch.hpp"
#include "unit/base/played_executor.hpp"

#include <string>
#include <vector>

using namespace std::chrono_literals;
using tandem::base::sleep_for;
using tandem::base::sleep_until;
using tandem::base::task;
using tandem::test::played_executor;

namespace {

void ignore(void*) {}

struct sleepers {
  task<void> sleep(std::chrono::milliseconds pause, std::string name) {
    co_await sleep_for(executor, pause);
    said += name;
  }

  played_executor executor;
  std::string said;
};

}  // namespace

TEST_CASE_METHOD(sleepers, "a pause lasts as long as it was asked for, and not a moment less") {
  task<void> one = sleep(5ms, "a");
  CHECK_FALSE(one.start(ignore, nullptr));
  CHECK(executor.pauses() == std::vector<tandem::base::duration>{5ms});
  executor.pass(5ms - 1ns);
  CHECK_FALSE(one.done());
  executor.pass(1ns);
  CHECK(one.done());
  CHECK(executor.pauses().empty());
}

TEST_CASE_METHOD(sleepers, "pauses end in the order of their time") {
  task<void> all[] = {sleep(5ms, "a"), sleep(1ms, "b"), sleep(3ms, "c"), sleep(1ms, "d")};
  for (task<void>& each : all) each.start(ignore, nullptr);
  CHECK(executor.pass_pause());
  CHECK(said == "bd");
  executor.pass(10ms);
  CHECK(said == "bdca");
  CHECK_FALSE(executor.pass_pause());
}

TEST_CASE_METHOD(sleepers, "what is over already is not waited for") {
  CHECK(sleep(0ms, "a").start(ignore, nullptr));
  CHECK(sleep(-1ms, "b").start(ignore, nullptr));
  auto const until = [this]() -> task<void> { co_await sleep_until(executor, executor.now()); };
  CHECK(until().start(ignore, nullptr));
  CHECK(executor.pauses().empty());
}

TEST_CASE_METHOD(sleepers, "a sleeper that ends is not resumed, also if another ends it at the same moment") {
  task<void> victim = sleep(1ms, "never");
  auto const ends_it = [&]() -> task<void> {
    co_await sleep_for(executor, 1ms);
    victim.reset();
    said += "ended";
  };
  task<void> other = ends_it();
  other.start(ignore, nullptr);
  victim.start(ignore, nullptr);
  CHECK(executor.pauses().size() == 2);
  executor.pass(1ms);
  CHECK(said == "ended");
  CHECK(executor.pauses().empty());
}
