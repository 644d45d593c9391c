#include "net/watched_server.hpp"

#include "base/log.hpp"
#include "base/once_a_second.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace tandem::net {

watched_server::watched_server(server_health& health, metrics::worker_metrics& metrics,
                               base::identity const& who, server_name first, guard_options const& options)
    : health_(health),
      metrics_(metrics),
      server_(health.known_as(who, options)),
      counted_as_(std::move(first)) {
  names_.push_back({counted_as_, 0});
  health_.named(*server_, counted_as_);
}

watched_server::~watched_server() {
  hide_or_show(-1);
  server_->reports_no_more(this);
  for (name_in_use const& each : names_) health_.unnamed(*server_, each.name);
}

std::vector<watched_server::name_in_use>::iterator watched_server::find(server_name const& name) {
  return std::ranges::find(names_, name, &name_in_use::name);
}

void watched_server::add(server_name const& name) {
  hide_or_show(-1);
  auto const known = find(name);
  if (known != names_.end()) {
    ++known->users;
  } else {
    names_.push_back({name, 1});
    health_.named(*server_, name);
  }
  hide_or_show(1);
}

base::error watched_server::crowded(base::time_point now) const {
  static base::once_a_second told;
  std::string why =
      fmt::format("{} requests are waiting for it (limits.in_flight_per_server)", server_->requests().most());
  if (told.claim(now)) base::log_warning("requests are refused: {}: {}", counted_as_.str(), why);
  return {base::error_kind::overload, std::move(why)};
}

/// What the links count ends with them, and not before: the name for that stays, but shows no trouble any more.
void watched_server::drop(server_name const& name) {
  hide_or_show(-1);
  auto const known = find(name);
  if (--known->users == 0 && name != counted_as_) {
    names_.erase(known);
    health_.unnamed(*server_, name);
  }
  hide_or_show(1);
}

/// What is wrong now, while names change.
void watched_server::hide_or_show(std::int64_t change) const {
  show_withheld(change * reported_);
  for (witness const* each : witnesses_) {
    if (auto const seen = each->trouble_seen()) show_all(*seen, change);
  }
}

/// Kinds that were never seen have no series: most servers never show any.
void watched_server::show(server_name const& name, trouble_kind kind, std::int64_t change) const {
  metrics_
      .gauge(metrics::server_trouble,
             {{"backend", name.backend}, {"server", name.server}, {"kind", std::string(name_of(kind))}})
      .add(change);
}

void watched_server::show_all(trouble_kind kind, std::int64_t change) const {
  for (name_in_use const& each : names_) {
    if (shown(each)) show(each.name, kind, change);
  }
}

void watched_server::heard(server_health::news::what what, base::executor& here) {
  bool const trusted_before = trusted();
  health_.heard(*server_, {what, here.now(), here.random()});
  report();
  if (trusted_before && !trusted() && on_distrust_) on_distrust_();
}

void watched_server::report() {
  int const withheld = server_->reports(this) ? 100 - static_cast<int>(share()) : 0;
  if (withheld == reported_) return;
  show_withheld(withheld - reported_);
  reported_ = withheld;
}

/// Servers of which nothing was ever withheld have no series.
void watched_server::show_withheld(std::int64_t change) const {
  if (change == 0) return;
  for (name_in_use const& each : names_) {
    if (!shown(each)) continue;
    metrics_
        .gauge(metrics::server_withheld_percent,
               {{"backend", each.name.backend}, {"server", each.name.server}})
        .add(change);
  }
}

watched_server::witness::witness(watched_server& of) : of_(of) { of_.witnesses_.push_back(this); }

watched_server::witness::~witness() {
  if (seen_) of_.health_.left(*of_.server_);
  note(std::nullopt);
  std::erase(of_.witnesses_, this);
}

void watched_server::witness::sees(trouble what) {
  bool const was_troubled = seen_.has_value();
  note(what.kind);
  of_.health_.began(*of_.server_, was_troubled, what);
}

void watched_server::witness::sees_none() {
  bool const was_troubled = seen_.has_value();
  note(std::nullopt);
  of_.health_.ended(*of_.server_, was_troubled);
}

void watched_server::witness::note(std::optional<trouble_kind> now) {
  if (seen_ == now) return;
  if (seen_) of_.show_all(*seen_, -1);
  seen_ = now;
  if (seen_) of_.show_all(*seen_, 1);
}

}  // namespace tandem::net
