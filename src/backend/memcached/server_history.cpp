#include "backend/memcached/server_history.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::backend::memcached {

pool_options without_servers(pool_options options) {
  options.servers.clear();
  options.changes = 0;
  return options;
}

server_history::server_history(pool_options const& of) : distribution_(of.distribution) {}

server_history::member const* server_history::find(server_options const& one) const {
  auto const found = std::ranges::find(members_, one, &member::server);
  return found == members_.end() ? nullptr : &*found;
}

/// Whether one that comes or goes leaves the keys of all others where they are.
bool server_history::moves_least(std::vector<server_options> const& servers) const {
  using hashing::distribution;
  constexpr std::array so{distribution::ketama, distribution::ketama_points, distribution::rendezvous,
                          distribution::pymemcache};
  bool const alike = std::ranges::all_of(servers, [](auto const& each) { return each.weight == 1; });
  return alike && std::ranges::find(so, distribution_) != so.end();
}

server_history::finding server_history::begin(pool_options const& now_there, base::time_point now) {
  finding found;
  found.everything = now_there.changes > 0;
  found.known.resize(now_there.servers.size());
  for (server_options const& each : now_there.servers)
    members_.push_back({each, found.everything ? std::optional(now) : std::nullopt});
  if (found.everything) changed_ = now;
  return found;
}

server_history::finding server_history::follow(pool_options const& now_there, base::time_point now,
                                               base::duration memory) {
  if (members_.empty()) return begin(now_there, now);
  auto const recent = [&](std::optional<base::time_point> when) { return when && now - *when < memory; };
  finding found;
  std::vector<member> next;
  bool least = moves_least(now_there.servers);
  for (std::size_t at = 0; at < now_there.servers.size(); ++at) {
    member const* const before = find(now_there.servers[at]);
    if (!before) found.came.push_back(at);
    found.known.push_back(before ? std::optional(static_cast<std::size_t>(before - members_.data()))
                                 : std::nullopt);
    next.push_back({now_there.servers[at], before ? before->since : now});
  }
  for (member const& each : members_) {
    bool const stays = std::ranges::find(now_there.servers, each.server) != now_there.servers.end();
    least = least && each.server.weight == 1;
    if (!stays && recent(each.since)) found.everything = true;
  }
  bool const changed = !found.came.empty() || next.size() != members_.size();
  if (changed && !least && recent(changed_)) found.everything = true;
  if (changed) changed_ = now;
  members_ = std::move(next);
  return found;
}

}  // namespace tandem::backend::memcached
