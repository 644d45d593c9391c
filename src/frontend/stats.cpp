#include "frontend/stats.hpp"

#include "frontend/general_statistics.hpp"
#include "frontend/settings_statistics.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tandem::frontend {
namespace {

std::uint64_t microseconds(timeval const& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_usec);
}

}  // namespace

stats::stats(metrics::registry const& registry, base::clock const& clock, process_facts facts)
    : registry_(registry), clock_(clock), facts_(std::move(facts)), started_ms_(clock.unix_ms()) {}

client_account& stats::add_worker() {
  std::lock_guard const lock(mutex_);
  return accounts_.emplace_back(prefixes_.add_worker());
}

std::shared_ptr<stat_rows const> stats::rows(group asked) {
  return made_[static_cast<std::size_t>(asked)].get(clock_.now(), [&] { return make(asked); });
}

std::shared_ptr<std::string const> stats::detail_dump() {
  return dumped_.get(clock_.now(), [this] { return prefixes_.dump(); });
}

stat_rows stats::make(group asked) const {
  switch (asked) {
    case group::general: return general();
    case group::settings: return settings();
    case group::items: return {};
    case group::slabs: return slabs();
    case group::sizes: return sizes();
    case group::backends: return backends(net::server_details::full);
    case group::named_backends: return backends(net::server_details::names);
    case group::connections: return connections();
  }
  return {};
}

stat_rows stats::general() const {
  std::lock_guard const lock(mutex_);
  general_statistics const now = gather();
  std::span const rows = general_rows();
  stat_rows made;
  made.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::string value =
        rows[row].words ? rows[row].words(now) : std::to_string(rows[row].number(now) - before_reset(row));
    made.push_back({std::string(rows[row].name), std::move(value)});
  }
  return made;
}

void stats::reset() {
  std::lock_guard const lock(mutex_);
  general_statistics const now = gather();
  before_reset_.clear();
  for (general_row const& row : general_rows())
    before_reset_.push_back(row.since == counts_from::reset ? row.number(now) : 0);
  prefixes_.clear();
  for (rationed<stat_rows>& each : made_) each.forget();
  dumped_.forget();
}

std::uint64_t stats::before_reset(std::size_t row) const {
  return before_reset_.empty() ? 0 : before_reset_[row];
}

general_statistics stats::gather() const {
  general_statistics made{.tallies = {}, .facts = facts_};
  for (client_account const& each : accounts_) each.tallies.add_to(made.tallies);
  made.now_ms = clock_.unix_ms();
  made.uptime_s = (made.now_ms - started_ms_) / 1000;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  made.user_us = microseconds(usage.ru_utime);
  made.system_us = microseconds(usage.ru_stime);
  made.connections = total(metrics::client_connections);
  made.connections_total = total(metrics::client_connections_total);
  made.rejected_total = total(metrics::client_connections_rejected_total);
  made.read_bytes = total(metrics::client_read_bytes_total);
  made.written_bytes = total(metrics::client_written_bytes_total);
  made.buffer_bytes = total(metrics::buffer_bytes);
  made.memory_limit = memory_limit();
  made.memory_bytes = total(metrics::memory_bytes);
  made.memory_items = total(metrics::memory_items);
  made.memory_evictions = total(metrics::memory_evictions_total);
  made.memory_expirations = total(metrics::memory_expirations_total);
  return made;
}

std::uint64_t stats::total(metrics::family const& one) const {
  return static_cast<std::uint64_t>(registry_.total(one));
}

std::uint64_t stats::memory_limit() const {
  std::uint64_t const stores = total(metrics::memory_limit_bytes);
  return stores != 0 ? stores : facts_.limits.memory;
}

stat_rows stats::settings() const {
  settings_source const source{facts_, memory_limit(), prefixes_.on()};
  stat_rows made;
  for (settings_row const& row : settings_rows())
    made.push_back({std::string(row.name), row.from ? row.from(source) : std::string(row.fixed)});
  return made;
}

stat_rows stats::slabs() const {
  return {{"active_slabs", "0"}, {"total_malloced", std::to_string(total(metrics::memory_bytes))}};
}

stat_rows stats::sizes() const { return {{"sizes_status", "disabled"}}; }

stat_rows stats::connections() const {
  std::int64_t const age_s = (clock_.unix_ms() - started_ms_) / 1000;
  stat_rows made;
  for (std::size_t number = 0; number < facts_.listeners.size(); ++number) {
    net::endpoint const& where = facts_.listeners[number].endpoint;
    made.push_back({fmt::format("{}:addr", number), (where.unix_socket() ? "" : "tcp:") + where.str()});
    made.push_back({fmt::format("{}:state", number), "conn_listening"});
    made.push_back({fmt::format("{}:secs_since_last_cmd", number), std::to_string(age_s)});
  }
  return made;
}

stat_rows stats::backends(net::server_details told) const {
  std::vector<std::pair<std::string, double>> sums;  // in the order of the series
  std::unordered_map<std::string, std::size_t> known;
  for (metrics::sample const& one : registry_.samples()) {
    if (one.where.empty() || one.where.front().first != "backend") continue;
    std::string name = one.where.front().second;
    name += ':';
    name += one.described->name.substr(std::string_view("tandem_").size());
    for (auto label = one.where.begin() + 1; label != one.where.end(); ++label) {
      if (told == net::server_details::full || label->first != "server") name += ":" + label->second;
    }
    if (one.value == 0 && one.where.size() != 1) continue;
    auto const [found, added] = known.try_emplace(name, sums.size());
    if (added) sums.emplace_back(std::move(name), 0);
    sums[found->second].second += one.value;
  }
  stat_rows made;
  for (auto& [name, sum] : sums)
    made.push_back({std::move(name), std::to_string(static_cast<std::int64_t>(sum))});
  return made;
}

}  // namespace tandem::frontend
