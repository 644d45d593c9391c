#include "backend/redis/flush_gate.hpp"

#include "base/task.hpp"
#include "support/catch.hpp"
#include "unit/base/played_executor.hpp"

#include <atomic>
#include <deque>
#include <string>
#include <thread>
#include <utility>

namespace tandem::backend::redis::tests {
namespace {

struct house {
  struct flush {
    std::coroutine_handle<> at_server;
    base::task<void> task;
    std::string became;
  };

  /// A flush that is under way at the server until end() or fail().
  flush& ask() {
    flush& made = flushes.emplace_back();
    made.task = run(made);
    made.task.start([](void*) {}, nullptr);
    return made;
  }

  base::task<void> run(flush& self) {
    struct server_answer {
      flush& of;
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> waiting) { of.at_server = waiting; }
      void await_resume() const {}
    };
    flush_gate::pass mine(gate, executor);
    auto const shared = co_await mine;
    if (shared) {
      self.became = *shared ? (*shared)->message : "done by another";
      co_return;
    }
    self.became = "under way";
    co_await server_answer{self};
    mine.done(failure);
    self.became = failure ? failure->message : "done";
  }

  void end(flush& one) {
    std::exchange(one.at_server, nullptr).resume();
    run_posted();
  }

  void run_posted() { executor.run(); }

  test::played_executor executor;
  flush_gate gate;
  flush_gate::failure failure;
  std::deque<flush> flushes;
};

}  // namespace

TEST_CASE_METHOD(house, "flushes that come while one is under way share the next") {
  auto& first = ask();
  auto& second = ask();
  auto& third = ask();
  CHECK(first.became == "under way");
  CHECK(second.became.empty());
  end(first);
  CHECK(first.became == "done");
  CHECK(second.became == "under way");
  CHECK(third.became.empty());
  auto& fourth = ask();
  end(second);
  CHECK(third.became == "done by another");
  CHECK(fourth.became == "under way");
  end(fourth);
  CHECK(ask().became == "under way");
}

TEST_CASE_METHOD(house, "all who share a flush are told why it failed") {
  auto& first = ask();
  auto& second = ask();
  auto& third = ask();
  end(first);
  failure = base::error{base::error_kind::timeout, "no answer in time"};
  end(second);
  CHECK(second.became == "no answer in time");
  CHECK(third.became == "no answer in time");
}

TEST_CASE_METHOD(house, "another makes the flush of one that was abandoned") {
  auto& first = ask();
  auto& second = ask();
  auto& third = ask();
  auto& fourth = ask();
  SECTION("while it waits") { second.task.reset(); }
  SECTION("when it has been told, and does not know yet") {
    std::exchange(first.at_server, nullptr).resume();
    second.task.reset();
    run_posted();
  }
  SECTION("under way") {
    end(first);
    second.task.reset();
    run_posted();
  }
  if (first.at_server) end(first);
  CHECK(third.became == "under way");
  fourth.task.reset();
  end(third);
  CHECK(third.became == "done");
  CHECK(ask().became == "under way");
}

TEST_CASE_METHOD(house, "one that is abandoned alone leaves nothing") {
  auto& first = ask();
  auto& second = ask();
  first.task.reset();
  run_posted();
  CHECK(second.became == "under way");
  second.task.reset();
  CHECK(ask().became == "under way");
}

}  // namespace tandem::backend::redis::tests
