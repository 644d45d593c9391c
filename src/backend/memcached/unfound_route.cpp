#include "backend/memcached/unfound_route.hpp"

#include <utility>

namespace tandem::backend::memcached {

unfound_route::unfound_route(std::string name, discovery_options const& from,
                             metrics::worker_metrics& metrics)
    : name_(std::move(name)),
      trouble_("no server is known, " + from.str() + " has not told any"),
      metrics_(metrics, name_) {}

base::task<model::response> unfound_route::handle(model::request const& asked, model::request_context&) {
  model::response answer = model::response::server_error(
      base::error_kind::connect, "backend " + name_ + ": " + trouble_, model::fate::never);
  metrics_.record(asked, answer, base::duration());
  co_return answer;
}

void unfound_route::explain(std::string_view key, model::explanation& where) const {
  where.backend = name_;
  where.key = key;
  where.destination = trouble_;
  where.serves = where.of == model::explanation::scope::configured;
}

}  // namespace tandem::backend::memcached
