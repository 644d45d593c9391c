#include "server/times_needed.hpp"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

namespace tandem::server {
namespace {

/// Of failovers that stand in for one another.
constexpr base::duration time_needed_max = std::chrono::hours(1);

}  // namespace

struct times_needed::by_kind {
  times_needed& all;
  config::backend_options const& of;

  base::duration operator()(backend::memcached::pool_options const&) const {
    using choice = routing::server_failure_options::choice;
    base::duration const one = of.upstream.timeout;
    return of.on_server_failure.chosen == choice::rehash ? 2 * one : std::min(one + sum(), time_needed_max);
  }
  base::duration operator()(backend::redis::redis_options const&) const { return of.upstream.timeout; }
  base::duration operator()(backend::memory::memory_options const&) const { return {}; }
  /// Half as much again, so that one tier may hang and the other has time.
  base::duration operator()(tier::tiered_options const&) const { return longest() / 2 * 3; }
  base::duration operator()(routing::split_options const&) const { return longest(); }
  base::duration operator()(routing::coalesce_options const&) const { return longest(); }
  base::duration operator()(routing::shadow_options const& shadow) const { return all.behind(shadow.to); }
  base::duration operator()(routing::failover_options const&) const { return sum(); }
  base::duration operator()(routing::replicated_options const&) const { return sum(); }

  base::duration longest() const {
    base::duration found{};
    for (std::string_view const each : config::parts_of(of)) found = std::max(found, all.behind(each));
    return found;
  }
  base::duration sum() const {
    base::duration found{};
    for (std::string_view const each : config::parts_of(of)) found += all.behind(each);
    return std::min(found, time_needed_max);
  }
};

base::duration times_needed::behind(std::string_view name) {
  if (auto const found = known_.find(name); found != known_.end()) return found->second;
  config::backend_options const& of = *all_.find(name);
  base::duration const time = std::visit(by_kind{*this, of}, of.kind);
  known_.emplace(of.name, time);
  return time;
}

}  // namespace tandem::server
