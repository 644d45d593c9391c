// Counts what one worker's share of a backend answers: requests by command and outcome, hits and misses,
// errors by kind, and latencies. Each backend owns one and records every response that it gives.
#pragma once

#include "metrics/registry.hpp"
#include "model/request.hpp"
#include "model/response.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::backend {

/// Why a server's value of so many bytes, somebody else's, is not told.
inline std::string too_large_to_tell(std::uint64_t bytes) {
  return "the value has " + std::to_string(bytes) + " bytes, more than limits.value";
}

class request_metrics {
 public:
  request_metrics(metrics::worker_metrics& metrics, std::string_view backend);

  /// A server's value was larger than clients may have.
  void passed_over() { oversized_->add(); }

  void record(model::request const& asked, model::response const& answered, base::duration took);

 private:
  using outcomes = std::array<metrics::counter*, model::status_count>;

  std::array<outcomes, model::verb_count> requests_{};
  std::array<metrics::counter*, base::error_kind_count> errors_{};
  metrics::counter* hits_;
  metrics::counter* misses_;
  metrics::counter* oversized_;
  metrics::histogram* latency_;
};

}  // namespace tandem::backend
