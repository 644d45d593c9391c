#include "net/prober.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tandem::net {
namespace {

metrics::counter& counter_of(metrics::worker_metrics& metrics, server_name const& of, std::string result) {
  return metrics.counter(metrics::server_probes_total,
                         {{"backend", of.backend}, {"server", of.server}, {"result", std::move(result)}});
}

}  // namespace

prober::prober(net::reactor& reactor, metrics::worker_metrics& metrics, watched_server& of, subject& links,
               upstream_options const& on)
    : reactor_(reactor),
      of_(of),
      links_(links),
      every_(on.probe_every),
      every_in_doubt_(std::min(on.probe_every, on.breaker.open)),
      answered_(counter_of(metrics, of.counted_as(), "answered")),
      silent_(counter_of(metrics, of.counted_as(), "silent")) {
  of_.on_distrust([this] { reactor_.arm(*this, reactor_.now()); });
  look_again();
}

prober::~prober() { of_.on_distrust({}); }

void prober::on_deadline() {
  look();
  look_again();
}

void prober::look() {
  if (!of_.trusted()) of_.heard(server_health::news::what::nothing, reactor_);
  of_.report();
  base::time_point const now = reactor_.now();
  if (asking_.full() || !links_.can_be_probed() || !wants_probe(now)) return;
  // Whoever suspects it wants to know now.
  base::duration const pause = of_.suspected() ? base::duration(uneasy_interval)
                               : of_.trusted() ? every_ * 9 / 10
                                               : every_in_doubt_ * 9 / 10;
  if (of_.claim_probe(now, pause)) static_cast<void>(asking_.start(ask()));
}

bool prober::wants_probe(base::time_point now) const {
  return !of_.trusted() || now - links_.last_heard() >= every_;
}

/// At a moment of its own, so that not all servers are asked together.
void prober::look_again() {
  if (armed()) return;
  base::duration const jitter = every_ / 8 * static_cast<int>(reactor_.random() % 256) / 256;
  reactor_.arm(*this, reactor_.now() + (of_.trusted() ? every_ - jitter : base::duration(uneasy_interval)));
}

base::task<void> prober::ask() {
  answer const said = co_await links_.probe();
  using enum server_health::news::what;
  (said == answer::well ? answered_ : silent_).add();
  if (said != answer::lost) of_.heard(said == answer::well ? probe_succeeded : probe_failed, reactor_);
}

}  // namespace tandem::net
