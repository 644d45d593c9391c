// Background tasks, with a metric that tells how often as many as may were under way when there was one more.
#pragma once

#include "base/background_tasks.hpp"
#include "metrics/metric.hpp"

#include <cstddef>
#include <utility>

namespace tandem::metrics {

class bounded_tasks {
 public:
  bounded_tasks(std::size_t most, counter& refused) : tasks_(most), refused_(refused) {}

  /// Whether one may begin; that none may is counted.
  bool has_room() {
    if (tasks_.full()) refused_.add();
    return !tasks_.full();
  }

  /// See base::background_tasks. One that does not begin is counted.
  [[nodiscard]] bool start(base::task<void> work) { return has_room() && tasks_.start(std::move(work)); }

  std::size_t size() const { return tasks_.size(); }
  void stop() { tasks_.stop(); }

 private:
  base::background_tasks tasks_;
  counter& refused_;
};

}  // namespace tandem::metrics
