// What listeners announce to their clients (listen[].announce), kept true: a thread of its own asks again and again which
// address each name has, since some clients take the address and leave the name.
#pragma once

#include "base/clock.hpp"
#include "frontend/entrance.hpp"
#include "net/name_resolver.hpp"
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
  announcer(std::vector<net::listener_options> const& listeners, base::clock const& clock,
            net::name_resolver& names);
  ~announcer();

  /// By number, as the listeners are.
  frontend::entrance const& of(std::size_t listener) const { return announced_[listener].door; }

 private:
  struct announcement {
    announcement(frontend::entrance::discovery wanted, net::server_details told) : door(wanted, told) {}

    frontend::entrance door;
    std::vector<frontend::announced_server> servers;
    std::uint64_t version = 0;
  };

  void watch();
  std::string address_of(std::string const& host);
  void publish(announcement& one);

  base::clock const& clock_;
  net::name_resolver& names_;
  std::deque<announcement> announced_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace tandem::server
