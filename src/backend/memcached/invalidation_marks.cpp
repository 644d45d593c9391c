#include "backend/memcached/invalidation_marks.hpp"

#include <algorithm>
#include <utility>

namespace tandem::backend::memcached {
namespace {

/// So that prefixes which are invalidated one after the other share a probe.
base::time_point on_grid(base::time_point when) {
  constexpr auto step = invalidation_marks::probe_interval;
  auto const since = when.time_since_epoch();
  return base::time_point((since + step - base::duration(1)) / step * step);
}

}  // namespace

base::time_point invalidation_marks::add(std::string_view prefix, base::time_point now) {
  if (marks_.size() >= marks_max && !marks_.contains(prefix)) prefix = {};
  drop_covered_by(prefix);
  base::time_point const settled = on_grid(now + times_.settle);
  insert(prefix, {settled, std::vector<on_server>(servers_.size())});
  return settled;
}

/// The one that there is, if there is one.
invalidation_marks::mark& invalidation_marks::insert(std::string_view prefix, mark made) {
  auto const [at, added] = marks_.emplace(prefix, std::move(made));
  if (added) {
    sorted_.insert(at->first);
    ++lengths_[prefix.size()];
  }
  return at->second;
}

void invalidation_marks::take_over(invalidation_marks const& before,
                                   std::vector<std::optional<std::size_t>> const& known) {
  for (auto const& [prefix, each] : before.marks_) {
    mark taken{each.settled, {}};
    for (auto const& at : known) taken.servers.push_back(at ? each.servers[*at] : on_server{0, {}, {}});
    insert(prefix, std::move(taken));
  }
}

base::time_point invalidation_marks::add_server(std::size_t server, base::time_point now) {
  base::time_point const settled = on_grid(now + times_.settle);
  mark& every_key = insert({}, {settled, std::vector<on_server>(servers_.size(), on_server{0, now, now})});
  every_key.settled = settled;
  every_key.servers[server] = {};
  return settled;
}

/// Among these the mark of the same prefix, which has to settle again.
void invalidation_marks::drop_covered_by(std::string_view prefix) {
  auto each = sorted_.lower_bound(prefix);
  while (each != sorted_.end() && each->starts_with(prefix)) erase(marks_.find(*each++));
}

invalidation_marks::mark_table::iterator invalidation_marks::erase(mark_table::iterator one) {
  auto const length = lengths_.find(one->first.size());
  if (--length->second == 0) lengths_.erase(length);
  sorted_.erase(one->first);
  return marks_.erase(one);
}

std::uint64_t invalidation_marks::outdated_up_to(std::string_view key, std::size_t server) const {
  std::uint64_t highest = 0;
  for (auto const& [length, count] : lengths_) {
    if (length > key.size()) break;
    auto const found = marks_.find(key.substr(0, length));
    if (found != marks_.end()) highest = std::max(highest, found->second.servers[server].number);
  }
  return highest;
}

std::optional<base::time_point> invalidation_marks::next_probe(std::size_t server) const {
  probe const& last = servers_[server];
  if (last.under_way) return std::nullopt;
  std::optional<base::time_point> soonest;
  for (auto const& [prefix, each] : marks_) {
    if (each.servers[server].number != unknown) continue;
    base::time_point const ready = std::max(each.settled, last.not_before);
    if (!soonest || ready < *soonest) soonest = ready;
  }
  return soonest;
}

std::optional<base::time_point> invalidation_marks::due() const {
  std::optional<base::time_point> soonest;
  auto const consider = [&soonest](base::time_point when) {
    if (!soonest || when < *soonest) soonest = when;
  };
  for (std::size_t server = 0; server < servers_.size(); ++server) {
    if (auto const when = next_probe(server)) consider(*when);
  }
  for (auto const& [prefix, each] : marks_) {
    base::time_point ends{};
    bool known = true;
    for (on_server const& one : each.servers) {
      known = known && one.number != unknown;
      ends = std::max(ends, one.ends);
    }
    if (known) consider(ends);
  }
  return soonest;
}

bool invalidation_marks::probe_due(std::size_t server, base::time_point now) const {
  auto const when = next_probe(server);
  return when && *when <= now;
}

void invalidation_marks::probe_sent(std::size_t server, base::time_point now) {
  servers_[server] = {true, now, now + probe_interval};
}

void invalidation_marks::probe_answered(std::size_t server, std::uint64_t cas, base::time_point now) {
  probe& last = servers_[server];
  last.under_way = false;
  for (auto& [prefix, each] : marks_) {
    on_server& here = each.servers[server];
    if (here.number == unknown && each.settled <= last.sent) here = {cas, now, now + times_.life};
  }
}

void invalidation_marks::probe_failed(std::size_t server, base::time_point now) {
  servers_[server].under_way = false;
  servers_[server].not_before = now + retry_interval;
}

void invalidation_marks::numbered_lower(std::size_t server, base::time_point asked, base::time_point now) {
  for (auto& [prefix, each] : marks_) {
    on_server& here = each.servers[server];
    if (here.number != unknown && here.learned < asked) here = {0, here.learned, now};
  }
}

void invalidation_marks::expire(base::time_point now) {
  auto const over = [now](on_server const& each) { return each.number != unknown && each.ends <= now; };
  for (auto each = marks_.begin(); each != marks_.end();) {
    each = std::ranges::all_of(each->second.servers, over) ? erase(each) : std::next(each);
  }
}

}  // namespace tandem::backend::memcached
