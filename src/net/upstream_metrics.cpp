#include "net/upstream_metrics.hpp"

namespace tandem::net {

upstream_metrics::upstream_metrics(metrics::worker_metrics& metrics, server_name const& of)
    : upstream_metrics(metrics, metrics::labels{{"backend", of.backend}, {"server", of.server}}) {}

upstream_metrics::upstream_metrics(metrics::worker_metrics& metrics, metrics::labels const& where)
    : connections(metrics.gauge(metrics::server_up, where)),
      pending(metrics.gauge(metrics::server_pending, where)),
      connects(metrics.counter(metrics::server_connects_total, where)),
      connect_failures(metrics.counter(metrics::server_connect_failures_total, where)),
      disconnects(metrics.counter(metrics::server_disconnects_total, where)),
      late_replies(metrics.counter(metrics::server_late_replies_total, where)),
      held_back(metrics.counter(metrics::server_held_back_total, where)),
      not_asked(metrics.counter(metrics::server_not_asked_total, where)),
      turned_away(metrics.counter(metrics::server_overloaded_total, where)),
      read_bytes(metrics.counter(metrics::server_read_bytes_total, where)),
      written_bytes(metrics.counter(metrics::server_written_bytes_total, where)) {}

}  // namespace tandem::net
