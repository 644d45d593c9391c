// The metrics of one server as one worker sees it.
#pragma once

#include "metrics/registry.hpp"
#include "net/server_health.hpp"

namespace tandem::net {

struct upstream_metrics {
  upstream_metrics(metrics::worker_metrics& metrics, server_name const& of);
  upstream_metrics(metrics::worker_metrics& metrics, metrics::labels const& where);

  metrics::gauge& connections;
  metrics::gauge& pending;
  metrics::counter& connects;
  metrics::counter& connect_failures;
  metrics::counter& disconnects;
  metrics::counter& late_replies;
  metrics::counter& held_back;
  metrics::counter& not_asked;
  metrics::counter& turned_away;
  metrics::counter& read_bytes;
  metrics::counter& written_bytes;
};

}  // namespace tandem::net
