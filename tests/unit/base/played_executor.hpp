// An event loop that a test plays: time stands still until the test moves it, what was posted waits until it is run, and
// chance is what the test says. All of it on the test's thread, but post() on any.
#pragma once

#include "base/executor.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace tandem::test {

class played_executor final : public base::executor, private base::timekeeper {
 public:
  base::time_point now() const override { return clock_.now(); }
  base::clock const& running_clock() const override { return clock_; }
  void arm(base::timer& one, base::time_point deadline) override {
    prepare(one, deadline);
    armed_.push_back(one);
  }
  void post(base::callback<> work) override {
    std::lock_guard const lock(mutex_);
    posted_.push_back(std::move(work));
  }
  std::uint32_t random() override { return chance; }

  /// What was posted, and what that posts in turn.
  void run() {
    while (auto work = next_posted()) (*work)();
  }
  std::size_t posted() const {
    std::lock_guard const lock(mutex_);
    return posted_.size();
  }

  /// Moves the clock, and tells each timer at its own time, those of one time in the order in which they were armed.
  void pass(base::duration time) { pass_until(now() + time); }

  /// Moves the clock to the next deadline. False if nothing is armed.
  bool pass_pause() {
    base::timer const* const next = earliest();
    if (!next) return false;
    pass_until(std::max(next->deadline(), now()));
    return true;
  }

  /// How far away each deadline is, in order.
  std::vector<base::duration> pauses() const {
    std::vector<base::duration> all;
    for (base::timer const& each : armed_) all.push_back(each.deadline() - now());
    std::ranges::sort(all);
    return all;
  }

  std::uint32_t chance = 0;

 private:
  std::optional<base::callback<>> next_posted() {
    std::lock_guard const lock(mutex_);
    if (posted_.empty()) return std::nullopt;
    std::optional<base::callback<>> first(std::move(posted_.front()));
    posted_.pop_front();
    return first;
  }
  base::timer* earliest() {
    auto const sooner = [](base::timer const& one, base::timer const& other) {
      return one.deadline() < other.deadline();
    };
    auto const found = std::min_element(armed_.begin(), armed_.end(), sooner);
    return found == armed_.end() ? nullptr : &*found;
  }
  void pass_until(base::time_point end) {
    for (base::timer* next = earliest(); next && next->deadline() <= end; next = earliest()) {
      clock_.advance(std::max(base::duration(0), next->deadline() - now()));
      fire(*next);
    }
    clock_.advance(end - now());
  }

  base::manual_clock clock_;
  base::timers armed_;
  mutable std::mutex mutex_;
  std::deque<base::callback<>> posted_;
};

}  // namespace tandem::test
