// What one worker counts about its clients. `stats` reads the sums over the workers from the registry.
#pragma once

#include "metrics/registry.hpp"
#include "model/request.hpp"
#include "model/response.hpp"

#include <array>

namespace tandem::frontend {

class client_metrics {
 public:
  explicit client_metrics(metrics::worker_metrics& worker);

  void answered(model::request const& asked, model::response const& response);

  metrics::counter& connections_total;
  metrics::counter& rejected_total;
  metrics::counter& read_bytes;
  metrics::counter& written_bytes;
  metrics::counter& paused_total;
  metrics::counter& stalled_total;
  metrics::counter& protocol_errors;
  metrics::gauge& buffer_bytes;

 private:
  struct per_command {
    metrics::counter* commands;
    metrics::counter* hits;
    metrics::counter* misses;
  };

  std::array<per_command, model::verb_count> commands_;
  metrics::counter& client_errors_;
  metrics::counter& server_errors_;
};

}  // namespace tandem::frontend
