// One key in a small memcached and a small Redis, for tests that take the steps of many requests in any order.
#pragma once

#include "base/event.hpp"
#include "base/executor.hpp"
#include "model/route.hpp"
#include "support/catch.hpp"

#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace tandem::tier {

using model::response;
using model::status;
using model::verb;

/// Steps that wait to be taken, in no order: of servers, the ends of pauses, and what was posted. The time stands still.
class steps final : public base::executor, private base::timekeeper {
 public:
  explicit steps(unsigned seed) : random_(seed) {}

  base::task<void> pass() {
    auto const due = std::make_shared<base::event<>>();  // who waits may go first
    post([due] { due->set(); });
    co_await *due;
  }
  bool take_one() {
    std::size_t const paused = paused_.size();
    if (waiting_.empty() && paused == 0) return false;
    std::size_t const chosen = below(waiting_.size() + paused);
    if (chosen < paused) {
      fire(*std::next(paused_.begin(), static_cast<std::ptrdiff_t>(chosen)));
      return true;
    }
    std::swap(waiting_[chosen - paused], waiting_.back());
    base::callback<> due = std::move(waiting_.back());
    waiting_.pop_back();
    due();
    return true;
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

  base::time_point now() const override { return clock_.now(); }
  base::clock const& running_clock() const override { return clock_; }
  void arm(base::timer& one, base::time_point deadline) override {
    prepare(one, deadline);
    paused_.push_back(one);
  }
  void post(base::callback<> work) override { waiting_.push_back(std::move(work)); }
  std::uint32_t random() override { return 0; }

 private:
  std::mt19937 random_;
  base::manual_clock clock_;
  base::timers paused_;
  std::vector<base::callback<>> waiting_;
};

/// One key of a memcached, over connections that its restart ends.
struct small_memcached {
  struct item {
    std::string value;
    std::uint64_t cas;
    bool claimed = false;
    bool stale = false;
  };
  std::optional<item> held;
  std::uint64_t last_cas = 0;
  std::uint32_t generation = 1;

  void restart() {
    held.reset();
    last_cas = 0;
    ++generation;
  }

  response execute(model::request const& asked) {
    response answer;
    answer.generation = generation;
    if (asked.compare_cas && !held) return response::of(status::not_found);
    if (asked.compare_cas && held->cas != *asked.compare_cas) return response::of(status::exists);
    switch (asked.command) {
      case verb::get: {
        bool const made = !held && asked.vivify;
        if (!held && !made) return response::of(status::not_found);
        if (made) held = item{"", ++last_cas};
        answer.stale = held->stale;
        answer.claimed = held->claimed;
        answer.won = made || (held->stale && !held->claimed);
        if (answer.won) held->claimed = true;
        answer.cas = held->cas;
        answer.value = base::slice::copy_of(held->value);
        return answer;
      }
      case verb::add:
        if (held) return response::of(status::not_stored);
        [[fallthrough]];
      case verb::set: held = item{asked.value.str(), ++last_cas}; return answer;
      default: break;
    }
    if (!held) return response::of(status::not_found);
    if (!includes(asked.options, model::option::invalidate)) {
      held.reset();
      return answer;
    }
    held->stale = true;
    held->claimed = false;
    held->cas = ++last_cas;
    return answer;
  }
};

/// One key of the authority. Every write makes a version; values are told apart by whoever writes them.
struct small_redis {
  std::vector<bool> exists{false};              // by version
  std::map<std::string, std::size_t> versions;  // by value
  std::string value;
  std::size_t version() const { return exists.size() - 1; }

  response execute(model::request const& asked) {
    response answer;
    if (asked.command == verb::get) {
      if (!exists.back()) return response::of(status::not_found);
      answer.value = base::slice::copy_of(value);
      return answer;
    }
    exists.push_back(asked.command != verb::remove);
    value = asked.value.str();
    versions[value] = version();
    answer.cas = version();
    return answer;
  }
};

/// A write whose client was told that it failed, and that Redis executes when it gets to it.
struct late_write {
  model::request asked;
  int passed;  // requests since
};

struct world {
  world(unsigned seed, unsigned failing, unsigned far_failing)
      : due(seed), failures(failing), far_failures(far_failing) {}

  steps due;
  unsigned failures;               // of a thousand requests to L1
  unsigned far_failures;           // of a thousand writes to L2
  unsigned far_read_failures = 0;  // of a thousand reads
  std::vector<late_write> late;
  small_memcached near;
  small_redis far;
  model::request_context context{due.running_clock()};
  std::size_t answered = 0;  // the newest version whose write was answered
  std::vector<std::string> violations;
  unsigned writes = 0;
  bool invalidates = false;     // keys are invalidated now and then, whoever has changed them
  std::size_t old_answers = 0;  // that were marked as stale
};

class near_link final : public model::route {
 public:
  explicit near_link(world& in) : in_(in) {}
  base::task<response> handle(model::request const& asked, model::request_context&) override {
    std::uint32_t const sent_over = in_.near.generation;
    if (asked.generation != 0 && asked.generation != sent_over) co_return response::of(status::not_stored);
    co_await in_.due.pass();
    response answer = response::server_error(base::error_kind::connection_lost, "lost", model::fate::maybe);
    bool const fails = in_.due.below(1000) < in_.failures;
    bool const executed = !fails || in_.due.below(2) == 0;
    if (executed && sent_over == in_.near.generation) {
      response const said = in_.near.execute(asked);
      if (!fails) answer = said;
    }
    co_await in_.due.pass();
    co_return answer;
  }
  void explain(std::string_view, model::explanation&) const override {}

 private:
  world& in_;
};

class far_link final : public model::route {
 public:
  explicit far_link(world& in) : in_(in) {}
  base::task<response> handle(model::request const& asked, model::request_context&) override {
    co_await in_.due.pass();
    execute_late();
    bool const lost = asked.command != verb::get && in_.due.below(1000) < in_.far_failures;
    if (lost) {
      in_.late.push_back({asked, 0});
      co_return response::server_error(base::error_kind::timeout, "no answer in time", model::fate::maybe);
    }
    if (asked.command == verb::get && in_.due.below(1000) < in_.far_read_failures)
      co_return response::server_error(base::error_kind::connect, "down");
    response answer = in_.far.execute(asked);
    // The client learns by this which write was its own.
    if (asked.command != verb::get) answer.number = in_.far.version();
    co_await in_.due.pass();
    co_return answer;
  }
  void explain(std::string_view, model::explanation&) const override {}

 private:
  /// What was received before the last request but one is executed by now.
  void execute_late() {
    for (auto at = in_.late.begin(); at != in_.late.end();) {
      bool const now = ++at->passed == 2 || in_.due.below(2) == 0;
      if (now) in_.far.execute(at->asked);
      at = now ? in_.late.erase(at) : std::next(at);
    }
  }

  world& in_;
};

}  // namespace tandem::tier
