#include "server/announcer.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace tandem::server {
namespace {

constexpr auto resolved_every = std::chrono::seconds(30);

/// Versions are seconds since 2020, which grow over restarts and fit clients that keep 31 bits.
constexpr std::int64_t versions_begin_s = 1'577'836'800;

/// A name server that is silent for longer is asked again with the next round.
constexpr auto answered_within = std::chrono::seconds(10);

/// An IPv4 address if there is one.
std::string preferred(net::name_resolver::resolution const& found) {
  auto const v4 = std::ranges::find_if(found.addresses, [](auto const& each) { return each.is_v4(); });
  if (v4 != found.addresses.end()) return v4->to_string();
  return found.addresses.empty() ? std::string() : found.addresses.front().to_string();
}

}  // namespace

announcer::announcer(std::vector<net::listener_options> const& listeners, base::clock const& clock,
                     net::name_resolver& names)
    : clock_(clock), names_(names) {
  using enum frontend::entrance::discovery;
  bool named = false;
  for (net::listener_options const& each : listeners) {
    announcement& made = announced_.emplace_back(each.announce.empty() ? off : on, each.details);
    for (net::endpoint const& where : each.announce) {
      bool const address = net::literal_address(where.host).has_value();
      made.servers.push_back({where, address ? where.host : std::string()});
      named |= !address;
    }
    if (!made.servers.empty()) publish(made);
  }
  if (named) thread_ = std::thread([this] { watch(); });
}

announcer::~announcer() {
  {
    std::lock_guard const lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

/// A name that is not known for the moment keeps the address that it had.
void announcer::watch() {
  std::unique_lock lock(mutex_);
  do {
    lock.unlock();
    for (announcement& one : announced_) {
      bool changed = false;
      for (frontend::announced_server& server : one.servers) {
        if (net::literal_address(server.where.host)) continue;
        std::string found = address_of(server.where.host);
        if (found.empty() || found == server.address) continue;
        server.address = std::move(found);
        changed = true;
      }
      if (changed) publish(one);
    }
    lock.lock();
  } while (!changed_.wait_for(lock, resolved_every, [this] { return ending_; }));
}

/// Empty if nothing was found, or not soon enough.
std::string announcer::address_of(std::string const& host) {
  std::optional<std::string> found;
  auto const asked = names_.ask(host, clock_.now(), [&](net::name_resolver::resolution const& answer) {
    {
      std::lock_guard const lock(mutex_);
      found = preferred(answer);
    }
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, answered_within, [&] { return found || ending_; });
  return found.value_or("");
}

void announcer::publish(announcement& one) {
  auto const now = static_cast<std::uint64_t>(clock_.unix_ms() / 1000 - versions_begin_s);
  one.version = std::max(one.version + 1, now);
  one.door.announce(frontend::cluster_configuration(one.version, one.servers));
}

}  // namespace tandem::server
