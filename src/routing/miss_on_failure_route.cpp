#include "routing/miss_on_failure_route.hpp"

#include <string>

namespace tandem::routing {

using model::verb;

namespace {

constexpr std::array verbs_without_failures{verb::get, verb::get_and_touch, verb::remove};

}  // namespace

miss_on_failure_route::miss_on_failure_route(std::string_view name, model::route& inner,
                                             metrics::worker_metrics& metrics)
    : inner_(inner) {
  for (verb const each : verbs_without_failures) {
    counters_[static_cast<std::size_t>(each)] =
        &metrics.counter(metrics::failures_as_misses_total,
                         {{"backend", std::string(name)}, {"command", std::string(traits(each).name)}});
  }
}

base::task<model::response> miss_on_failure_route::handle(model::request const& asked,
                                                          model::request_context& context) {
  bool const told = counters_[static_cast<std::size_t>(asked.command)] == nullptr;
  return told ? inner_.handle(asked, context) : ask(asked, context);
}

base::task<model::response> miss_on_failure_route::ask(model::request const& asked,
                                                       model::request_context& context) {
  model::response answer = co_await inner_.handle(asked, context);
  if (answer.status != model::status::server_error) co_return answer;
  counters_[static_cast<std::size_t>(asked.command)]->add();
  co_return model::response::of(model::status::not_found);
}

}  // namespace tandem::routing
