#include "frontend/client_metrics.hpp"

#include <string>

namespace tandem::frontend {

client_metrics::client_metrics(metrics::worker_metrics& metrics, client_account& account)
    : connections_total(metrics.counter(metrics::client_connections_total)),
      rejected_total(metrics.counter(metrics::client_connections_rejected_total)),
      read_bytes(metrics.counter(metrics::client_read_bytes_total)),
      written_bytes(metrics.counter(metrics::client_written_bytes_total)),
      paused_total(metrics.counter(metrics::client_paused_total)),
      turns_cut_total(metrics.counter(metrics::client_turns_cut_total)),
      stalled_total(metrics.counter(metrics::client_stalled_total)),
      memory_waits_total(metrics.counter(metrics::client_memory_waits_total)),
      protocol_errors(metrics.counter(metrics::client_errors_total, {{"kind", "error"}})),
      refused_in_flight(metrics.counter(metrics::overload_refusals_total, {{"limit", "in_flight"}})),
      refused_connections(metrics.counter(metrics::overload_refusals_total, {{"limit", "connections"}})),
      refused_of_address(
          metrics.counter(metrics::overload_refusals_total, {{"limit", "connections_per_address"}})),
      in_flight(metrics.gauge(metrics::client_in_flight)),
      buffer_bytes(metrics.gauge(metrics::buffer_bytes)),
      account_(account),
      client_errors_(metrics.counter(metrics::client_errors_total, {{"kind", "client_error"}})),
      server_errors_(metrics.counter(metrics::client_errors_total, {{"kind", "server_error"}})) {
  for (std::size_t why = 0; why < ending_count; ++why) {
    endings_[why] = &metrics.counter(metrics::client_connections_ended_total,
                                     {{"reason", std::string(ending_names[why])}});
  }
  for (std::size_t command = 0; command < model::verb_count; ++command) {
    metrics::labels const where{
        {"command", std::string(model::traits(static_cast<model::verb>(command)).name)}};
    commands_[command] = {&metrics.counter(metrics::client_commands_total, where),
                          &metrics.counter(metrics::client_hits_total, where),
                          &metrics.counter(metrics::client_misses_total, where)};
  }
}

void client_metrics::answered(model::request const& asked, model::response const& response,
                              command_origin from) {
  if (from == command_origin::house) return;
  account_.tallies.count(asked, response, from);
  account_.prefixes.count(asked, response, from);
  per_command const& command = commands_[static_cast<std::size_t>(asked.command)];
  command.commands->add();
  switch (response.status) {
    case model::status::ok: return command.hits->add();
    case model::status::not_found:
    case model::status::not_stored: return command.misses->add();
    case model::status::exists: return;
    case model::status::non_numeric:
    case model::status::client_error: return client_errors_.add();
    case model::status::too_large:
    case model::status::server_error: return server_errors_.add();
  }
}

}  // namespace tandem::frontend
