#include "net/upstream_instruments.hpp"

namespace tandem::net {

upstream_instruments::upstream_instruments(metrics::worker_metrics& worker, server_name const& of)
    : upstream_instruments(worker, metrics::labels{{"backend", of.backend}, {"server", of.server}}) {}

upstream_instruments::upstream_instruments(metrics::worker_metrics& worker, metrics::labels const& where)
    : connections(worker.gauge(metrics::server_up, where)),
      pending(worker.gauge(metrics::server_pending, where)),
      connects(worker.counter(metrics::server_connects_total, where)),
      connect_failures(worker.counter(metrics::server_connect_failures_total, where)),
      disconnects(worker.counter(metrics::server_disconnects_total, where)),
      late_replies(worker.counter(metrics::server_late_replies_total, where)),
      held_back(worker.counter(metrics::server_held_back_total, where)),
      read_bytes(worker.counter(metrics::server_read_bytes_total, where)),
      written_bytes(worker.counter(metrics::server_written_bytes_total, where)) {}

}  // namespace tandem::net
