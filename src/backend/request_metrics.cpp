#include "backend/request_metrics.hpp"

#include <string>

namespace tandem::backend {
namespace {

constexpr std::string_view outcome_name(model::status status) {
  switch (status) {
    case model::status::ok: return "ok";
    case model::status::not_found: return "not_found";
    case model::status::not_stored: return "not_stored";
    case model::status::exists: return "exists";
    case model::status::non_numeric: return "non_numeric";
    case model::status::too_large: return "too_large";
    case model::status::client_error: return "client_error";
    case model::status::server_error: return "server_error";
  }
  return "unknown";
}

}  // namespace

request_metrics::request_metrics(metrics::worker_metrics& metrics, std::string_view backend) {
  std::string const name(backend);
  for (std::size_t command = 0; command < model::verb_count; ++command) {
    std::string const command_name(model::traits(static_cast<model::verb>(command)).name);
    for (std::size_t outcome = 0; outcome < model::status_count; ++outcome) {
      std::string const outcome_label(outcome_name(static_cast<model::status>(outcome)));
      requests_[command][outcome] =
          &metrics.counter(metrics::requests_total,
                           {{"backend", name}, {"command", command_name}, {"outcome", outcome_label}});
    }
  }
  for (std::size_t kind = 0; kind < base::error_kind_count; ++kind) {
    std::string const kind_name(base::to_string(static_cast<base::error_kind>(kind)));
    errors_[kind] = &metrics.counter(metrics::errors_total, {{"backend", name}, {"kind", kind_name}});
  }
  hits_ = &metrics.counter(metrics::hits_total, {{"backend", name}});
  misses_ = &metrics.counter(metrics::misses_total, {{"backend", name}});
  oversized_ = &metrics.counter(metrics::oversized_values_total, {{"backend", name}});
  latency_ = &metrics.histogram(metrics::request_seconds, {{"backend", name}});
}

void request_metrics::record(model::request const& asked, model::response const& answered,
                             base::duration took) {
  requests_[static_cast<std::size_t>(asked.command)][static_cast<std::size_t>(answered.status)]->add();
  latency_->observe(took);
  if (answered.status == model::status::server_error)
    errors_[static_cast<std::size_t>(answered.failure)]->add();
  if (!model::retrieves(asked.command)) return;
  if (answered.status == model::status::ok) hits_->add();
  if (answered.status == model::status::not_found) misses_->add();
}

}  // namespace tandem::backend
