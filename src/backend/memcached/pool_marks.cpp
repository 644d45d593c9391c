#include "backend/memcached/pool_marks.hpp"

#include <algorithm>
#include <utility>

namespace tandem::backend::memcached {
namespace {

/// Has a byte that no text client can send, and lives for a second.
constexpr std::string_view probe_key = "\x01tandem:probe";
constexpr model::exptime probe_time(1);

}  // namespace

pool_marks::pool_marks(std::string pool, servers const& all, base::duration timeout, net::reactor& reactor,
                       metrics::worker_metrics& metrics)
    : all_(all),
      timeout_(timeout),
      reactor_(reactor),
      context_{reactor.clock()},
      marks_(all.size()),
      count_(metrics.gauge(metrics::invalidation_marks, {{"backend", pool}})),
      applied_(metrics.counter(metrics::invalidations_applied_total, {{"backend", pool}})),
      latency_(metrics.histogram(metrics::invalidation_seconds, {{"backend", pool}})),
      probes_(all.size()) {
  for (std::size_t at = 0; at < probes_.size(); ++at) {
    probes_[at].owner = this;
    probes_[at].server = at;
    probes_[at].asked.command = model::verb::set;
    probes_[at].asked.wanted = model::want::cas;
    probes_[at].asked.key = base::slice::copy_of(probe_key);
    probes_[at].asked.expires = probe_time;
  }
}

pool_marks::~pool_marks() = default;

void pool_marks::invalidate(model::invalidation const& what) {
  if (what.what == model::invalidation::extent::key) return;
  // To look at all marks each time would be too slow where many come.
  arm_until(marks_.add(what.text, reactor_.now()));
  count_.set(static_cast<std::int64_t>(marks_.size()));
  applied_.add();
  // This worker's clock may stand a moment before the other's.
  latency_.observe(std::max(base::duration(0), reactor_.now() - what.received));
}

void pool_marks::take_over(pool_marks const& before, std::vector<std::optional<std::size_t>> const& known) {
  marks_.take_over(before.marks_, known);
  rearm();
}

void pool_marks::invalidate_server(std::size_t at) {
  arm_until(marks_.add_server(at, reactor_.now()));
  count_.set(static_cast<std::int64_t>(marks_.size()));
}

void pool_marks::on_deadline() {
  armed_for_.reset();
  marks_.expire(reactor_.now());
  for (std::size_t at = 0; at < probes_.size(); ++at) {
    if (marks_.probe_due(at, reactor_.now())) send(at);
  }
  rearm();
}

void pool_marks::rearm() {
  count_.set(static_cast<std::int64_t>(marks_.size()));
  if (auto const when = marks_.due()) arm_until(*when);
}

void pool_marks::arm_until(base::time_point when) {
  if (armed_for_ && *armed_for_ <= when) return;
  armed_for_ = when;
  reactor_.arm(*this, when);
}

void pool_marks::send(std::size_t at) {
  probe& one = probes_[at];
  marks_.probe_sent(at, reactor_.now());
  one.running = all_[at]->ask(one.asked, context_, {timeout_});
  auto const done = [](void* self) {
    probe& ended = *static_cast<probe*>(self);
    ended.owner->answered(ended);
    ended.owner->rearm();
  };
  if (one.running.start(done, &one)) answered(one);
}

void pool_marks::answered(probe& one) {
  model::response const answer = one.running.take();
  if (answer.hit() && answer.cas != 0) return marks_.probe_answered(one.server, answer.cas, reactor_.now());
  marks_.probe_failed(one.server, reactor_.now());
}

}  // namespace tandem::backend::memcached
