// Counts what one worker's share of a backend answers: requests by command and outcome, hits and misses,
// errors by kind, and latencies. Each backend owns one and records every response that it gives.
#pragma once

#include "metrics/registry.hpp"
#include "model/request.hpp"
#include "model/response.hpp"

#include <array>
#include <string_view>

namespace tandem::backend {

class meter {
 public:
  meter(metrics::worker_metrics& worker, std::string_view backend);

  void record(model::request const& asked, model::response const& answered, base::duration took);

 private:
  using outcomes = std::array<metrics::counter*, model::status_count>;

  std::array<outcomes, model::verb_count> requests_{};
  std::array<metrics::counter*, base::error_kind_count> errors_{};
  metrics::counter* hits_;
  metrics::counter* misses_;
  metrics::histogram* latency_;
};

}  // namespace tandem::backend
