#include "server/write_back_queues.hpp"

#include "base/log.hpp"

#include <fmt/core.h>

#include <utility>

namespace tandem::server {
namespace {

void register_metrics(metrics::registry& registry, tier::write_back_queue const& queue,
                      std::shared_ptr<void const> const& owner, std::string const& name) {
  auto const add = [&](metrics::family const& described, auto member) {
    registry.add_sampled(described, {{"backend", name}}, owner,
                         [&queue, member] { return static_cast<double>(queue.metrics().*member); });
  };
  using queue_metrics = tier::write_back_queue::queue_metrics;
  add(metrics::write_back_items, &queue_metrics::items);
  add(metrics::write_back_bytes, &queue_metrics::bytes);
  add(metrics::write_back_age_seconds, &queue_metrics::age_seconds);
  add(metrics::write_back_written_total, &queue_metrics::written);
  add(metrics::write_back_coalesced_total, &queue_metrics::coalesced);
  add(metrics::write_back_full_total, &queue_metrics::full);
  add(metrics::write_back_replayed_total, &queue_metrics::replayed);
  add(metrics::write_back_failed_total, &queue_metrics::failed);
  add(metrics::write_back_refused_total, &queue_metrics::refused);
}

tier::journal_settings settings_of(tier::queue_options const& queue) {
  return {queue.journal->directory, queue.journal->fsync,
          tier::journal::bytes_max_for(queue.items, queue.bytes), queue.journal->damaged};
}

/// Puts what the last process left into the queue.
void restore(tier::write_back_queue& queue, tier::journal_findings found, std::string const& name,
             std::shared_ptr<void const> const& owner, metrics::registry& registry) {
  registry.add_sampled(metrics::write_back_lost_total, {{"backend", name}}, owner,
                       [lost = static_cast<double>(found.lost)] { return lost; });
  if (!found.notice.empty()) base::log_error("{}: {}", name, found.notice);
  std::size_t const restored = found.restored.size();
  queue.restore(std::move(found.restored));
  if (restored != 0) base::log_info("{}: {} values from the journal are written to L2", name, restored);
}

}  // namespace

write_back_queues::write_back_queues(config::configuration const& settings, base::clock const& clock) {
  for (config::backend_options const& each : settings.backends) {
    auto const* tiered = std::get_if<tier::tiered_options>(&each.kind);
    if (!tiered || !tiered->queue) continue;
    auto& kept = queues_[each.name] = std::make_shared<entry>(each.name);
    kept->queue = std::make_unique<tier::write_back_queue>(tier::write_back_limits{}, clock, nullptr);
  }
}

base::result<write_back_queues> write_back_queues::open(config::configuration const& settings,
                                                        base::clock const& clock, metrics::registry& registry,
                                                        write_back_queues const* before) {
  write_back_queues made;
  for (config::backend_options const& each : settings.backends) {
    auto const* tiered = std::get_if<tier::tiered_options>(&each.kind);
    if (!tiered || !tiered->queue) continue;
    auto& shared = made.queues_[each.name];
    shared = kept_before(before ? &before->queues_ : nullptr, each.name);
    if (shared) continue;
    shared = std::make_shared<entry>(each.name);
    entry& kept = *shared;
    if (tiered->queue->journal) {
      auto opened = tier::journal::open(settings_of(*tiered->queue));
      if (!opened)
        return base::error{opened.error().kind, fmt::format("{}: {}", each.name, opened.error().message)};
      kept.journal = std::move(*opened);
    }
    kept.queue = std::make_unique<tier::write_back_queue>(
        tier::write_back_limits{tiered->queue->items, tiered->queue->bytes}, clock, kept.journal.get());
    register_metrics(registry, *kept.queue, shared, each.name);
    if (kept.journal) restore(*kept.queue, kept.journal->take_findings(), each.name, shared, registry);
  }
  return made;
}

void write_back_queues::stop() const {
  for (auto const& [name, each] : queues_) each->stop();
}

void write_back_queues::entry::stop() {
  if (std::exchange(stopped, true)) return;
  if (journal) journal->stop();
  std::size_t const left = queue ? queue->metrics().items : 0;
  if (left == 0) return;
  if (journal)
    base::log_warning("{}: {} values had not been written to L2 and stay in the journal", name, left);
  else
    base::log_error("{}: {} values had not been written to L2 and are lost", name, left);
}

}  // namespace tandem::server
