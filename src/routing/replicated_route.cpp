#include "routing/replicated_route.hpp"

#include "routing/explained.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace tandem::routing {

using model::verb;

namespace {

metrics::counter& refused(metrics::worker_metrics& metrics, std::string const& name, char const* work) {
  return metrics.counter(metrics::replicated_refused_total, {{"backend", name}, {"work", work}});
}

}  // namespace

replicated_route::replicated_route(std::string name, replicated_options const& options,
                                   std::vector<replica> const& replicas, base::executor& executor,
                                   metrics::worker_metrics& metrics)
    : name_(std::move(name)),
      options_(options),
      executor_(executor),
      writes_(writes_max, refused(metrics, name_, "write")),
      reads_(reads_max, refused(metrics, name_, "read")),
      refills_(refills_max, refused(metrics, name_, "refill")) {
  for (replica const& each : replicas) {
    listed_.push_back(all_.size());
    all_.push_back(each.to);
    metrics::labels const labels{{"backend", name_}, {"replica", each.name}};
    metrics_.push_back({metrics.counter(metrics::replica_refills_total, labels),
                        metrics.counter(metrics::replica_missed_total, labels)});
  }
  if (options_.read != replicated_read::zone) return;
  nearest_first_ = listed_;
  auto const farther = std::ranges::stable_partition(
      nearest_first_, [&](std::size_t at) { return replicas[at].zone == options_.zone; });
  near_ = static_cast<std::size_t>(farther.begin() - nearest_first_.begin());
  zone_reads_.emplace(metrics, name_);
  first_read_ = fmt::format("; a get asks {} first, {} zone {}", replicas[nearest_first_.front()].name,
                            near_ > 0 ? "in" : "for none is in", options_.zone);
}

base::task<model::response> replicated_route::handle(model::request const& asked,
                                                     model::request_context& context) {
  if (asked.command != verb::get && asked.command != verb::debug) return write(asked, context);
  constexpr auto by_replica =
      model::want::cas | model::want::fetched | model::want::idle | model::want::marks;
  bool const alike = asked.command == verb::get && model::reads_only(asked) && !asked.compare_cas &&
                     asked.generation == 0 && without(asked.wanted, by_replica) == asked.wanted;
  bool const at_once = options_.read == replicated_read::fastest && alike;
  if (at_once) return read_fastest(asked, context);
  bool const nearest = options_.read == replicated_read::zone && alike && !context.of_authority;
  return read_in_order(asked, context, nearest ? nearest_first_ : listed_);
}

void replicated_route::explain(std::string_view key, model::explanation& where) const {
  where.backend = name_;
  where.key = key;
  std::vector<explained_one> const replicas = explained(all_, key, where.of);
  where.serves = std::ranges::any_of(replicas, &explained_one::serves);
  where.destination = joined(replicas, "; and ") + first_read_;
}

void replicated_route::stop() {
  writes_.stop();
  reads_.stop();
  refills_.stop();
}

}  // namespace tandem::routing
