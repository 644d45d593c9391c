// Background tasks of a backend, with a metric that tells how often as many as may were under way when there was one more.
#pragma once

#include "base/background_tasks.hpp"
#include "metrics/registry.hpp"

#include <string>
#include <utility>

namespace tandem::tier {

class bounded_tasks {
 public:
  /// `work` names the tasks in the metric.
  bounded_tasks(std::size_t most, metrics::worker_metrics& metrics, std::string const& backend,
                std::string work)
      : tasks_(most),
        refused_(metrics.counter(metrics::tier_work_refused_total,
                                 {{"backend", backend}, {"work", std::move(work)}})) {}

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
  metrics::counter& refused_;
};

}  // namespace tandem::tier
