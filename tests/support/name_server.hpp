// The name servers of a network namespace of a test's own: whatever /etc/resolv.conf names is an address there, at which a
// thread of the test answers. So a program in the namespace resolves names by its C library, as it does anywhere.
#pragma once

#include "support/network_namespace.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tandem::test {

/// Those of /etc/resolv.conf, or the one that stands for none. IPv4 only.
std::vector<std::string> addresses_of_name_servers();

/// UDP sockets at the port for names of all of these, which are made addresses of the namespace. The thread is there.
std::vector<int> open_name_servers(network_namespace const& here);

class name_server {
 public:
  /// The thread is in the namespace.
  explicit name_server(network_namespace const& here);
  ~name_server();
  name_server(name_server const&) = delete;
  name_server& operator=(name_server const&) = delete;

  /// The IPv4 addresses that `name` has from now on; none: it does not exist.
  void has(std::string const& name, std::vector<std::string> addresses);

  /// From now on nobody is answered.
  void fall_silent() { silent_ = true; }
  void answer_again() { silent_ = false; }

 private:
  void serve();
  std::string answer(std::string_view question);

  std::vector<int> sockets_;
  std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> names_;
  std::atomic<bool> silent_{false}, over_{false};
  std::thread thread_;
};

}  // namespace tandem::test
