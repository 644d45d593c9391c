#include "server/descriptors.hpp"

#include "base/log.hpp"
#include "net/name_resolver.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <variant>

namespace tandem::server {
namespace {

/// An event loop's own: epoll, its timer, its wake-up.
constexpr std::size_t loop = 3;

/// A worker's, for what other threads post.
constexpr std::size_t mailbox = 1;

/// The standard three, libraries' files, and what is open for a moment.
constexpr std::size_t spare = 64;

/// A cluster has nodes that the file does not name.
constexpr std::size_t cluster_nodes = 32;

/// And so has a pool whose servers are found.
constexpr std::size_t found_servers = 32;

/// That Sentinels name: the present one, and the one before, which is about to be left.
constexpr std::size_t masters = 2;

/// To each Sentinel, of one worker.
constexpr std::size_t connections_each = 2;

struct servers_of {
  std::size_t operator()(backend::memcached::pool_options const& pool) const {
    return pool.discover ? std::max(pool.servers.size(), found_servers) : pool.servers.size();
  }
  std::size_t operator()(backend::redis::redis_options const& redis) const {
    switch (redis.topology) {
      case backend::redis::topology::single: return redis.servers.size();
      case backend::redis::topology::cluster: return std::max(redis.servers.size(), cluster_nodes);
      case backend::redis::topology::sentinel:
        return masters + connections_each * redis.sentinel.servers.size();
    }
    return 0;
  }
  std::size_t operator()(backend::memory::memory_options const&) const { return 0; }
  std::size_t operator()(tier::tiered_options const&) const { return 1; }  // its journal, if it has one
  template <class Composed>
  std::size_t operator()(Composed const&) const {
    return 0;
  }
};

}  // namespace

std::size_t descriptors_apart(config::configuration const& settings, std::size_t workers) {
  // Each worker may have one client more, whom it is about to refuse.
  std::size_t const each = loop + mailbox + settings.listen.size() + 1;
  std::size_t of_servers = 0;
  for (config::backend_options const& backend : settings.backends)
    of_servers += std::visit(servers_of(), backend.kind) * backend.upstream.connections;
  std::size_t const of_admin = settings.admin.enabled ? loop + 1 + settings.admin.connections_max : 0;
  return workers * (each + of_servers) + of_admin + settings.invalidation.size() +
         net::name_resolver::lookups_max + spare;
}

std::size_t clients_within(config::configuration const& settings, std::size_t workers, std::size_t allowed) {
  std::size_t const apart = descriptors_apart(settings, workers);
  std::size_t const left = allowed > apart ? allowed - apart : 1;
  return std::min<std::size_t>(settings.limits.connections, left);
}

std::size_t make_room_for_descriptors(config::configuration const& settings, std::size_t workers) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return settings.limits.connections;
  rlim_t const wanted = settings.limits.connections + descriptors_apart(settings, workers);
  rlim_t const before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? wanted : std::min(wanted, limit.rlim_max);
  if (before >= wanted) return settings.limits.connections;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  std::size_t const clients = clients_within(settings, workers, limit.rlim_cur);
  if (clients < settings.limits.connections) {
    base::log_warning(
        "this process may open {} files, so that at most {} clients are served at once, instead of "
        "limits.connections = {}; raise its nofile limit to {}",
        limit.rlim_cur, clients, settings.limits.connections, wanted);
  }
  return clients;
}

}  // namespace tandem::server
