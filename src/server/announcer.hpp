// What listeners announce to their clients (listen[].announce), kept true: a thread of its own asks again and again which
// address each name has, since some clients take the address and leave the name.
#pragma once

#include "base/clock.hpp"
#include "frontend/entrance.hpp"
#include "net/options.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tandem::server {

class announcer {
 public:
  /// `resolve` gives the address of a host, or nothing. It may block, and is called on the announcer's thread, but for
  /// addresses, which resolve to themselves at once.
  using resolver = std::string (*)(std::string const& host);

  announcer(std::vector<net::listener_options> const& listeners, base::clock const& clock, resolver resolve);
  ~announcer();

  /// By number, as the listeners are.
  frontend::entrance const& of(std::size_t listener) const { return announced_[listener].door; }

 private:
  struct announcement {
    explicit announcement(frontend::entrance::discovery wanted) : door(wanted) {}

    frontend::entrance door;
    std::vector<frontend::announced_server> servers;
    std::uint64_t version = 0;
  };

  void watch();
  void publish(announcement& one);

  base::clock const& clock_;
  resolver const resolve_;
  std::deque<announcement> announced_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;
  std::thread thread_;
};

/// By the system's resolver; an IPv4 address if there is one.
std::string address_of(std::string const& host);

}  // namespace tandem::server
