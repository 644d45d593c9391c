#include "server/announcer.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace tandem::server {
namespace {

constexpr auto resolved_every = std::chrono::seconds(30);

/// Versions are seconds since 2020, which grow over restarts and fit clients that keep 31 bits.
constexpr std::int64_t versions_begin_s = 1'577'836'800;

bool is_address(std::string const& host) {
  std::array<char, sizeof(in6_addr)> unused;
  return ::inet_pton(AF_INET, host.c_str(), unused.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), unused.data()) == 1;
}

std::string first_of(int family, std::string const& host) {
  addrinfo wanted{};
  wanted.ai_family = family;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &wanted, &found) != 0) return {};
  std::array<char, NI_MAXHOST> text{};
  int const failed =
      ::getnameinfo(found->ai_addr, found->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  ::freeaddrinfo(found);
  return failed ? std::string() : std::string(text.data());
}

}  // namespace

std::string address_of(std::string const& host) {
  std::string found = first_of(AF_INET, host);
  return found.empty() ? first_of(AF_INET6, host) : found;
}

announcer::announcer(std::vector<net::listener_options> const& listeners, base::clock const& clock,
                     resolver resolve)
    : clock_(clock), resolve_(resolve) {
  using enum frontend::entrance::discovery;
  bool names = false;
  for (net::listener_options const& each : listeners) {
    announcement& made = announced_.emplace_back(each.announce.empty() ? off : on);
    for (net::endpoint const& where : each.announce) {
      bool const address = is_address(where.host);
      made.servers.push_back({where, address ? where.host : std::string()});
      names |= !address;
    }
    if (!made.servers.empty()) publish(made);
  }
  if (names) thread_ = std::thread([this] { watch(); });
}

announcer::~announcer() {
  {
    std::lock_guard const lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
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
        if (is_address(server.where.host)) continue;
        std::string found = resolve_(server.where.host);
        if (found.empty() || found == server.address) continue;
        server.address = std::move(found);
        changed = true;
      }
      if (changed) publish(one);
    }
    lock.lock();
  } while (!ended_.wait_for(lock, resolved_every, [this] { return ending_; }));
}

void announcer::publish(announcement& one) {
  auto const now = static_cast<std::uint64_t>(clock_.unix_ms() / 1000 - versions_begin_s);
  one.version = std::max(one.version + 1, now);
  one.door.announce(frontend::cluster_configuration(one.version, one.servers));
}

}  // namespace tandem::server
