// The pods of a headless service: memcached servers at loopback addresses of a network of their own, and a name that has all of
// their addresses. One that ends comes back at another address, empty, and the name changes with it.
#pragma once

#include "support/name_server.hpp"
#include "support/network_namespace.hpp"
#include "support/process.hpp"

#include <cstdint>
#include <list>
#include <string>
#include <utility>
#include <vector>

namespace tandem::chaos {

class headless_pods {
 public:
  static constexpr int count = 3;

  /// The thread is in the namespace.
  explicit headless_pods(test::network_namespace const& here);

  /// NAME:PORT.
  std::string service() const;

  /// The oldest pod is killed, and its successor is there when this is over. For each of the first ones once: no key comes back then to
  /// a server that has an older item of it.
  void replace_one();

 private:
  struct pod {
    pod(std::string at, std::vector<std::string> words) : address(std::move(at)), server(std::move(words)) {}

    std::string address;
    test::process server;
  };

  void start_one();
  void publish();

  std::uint16_t const port_;
  test::name_server names_;
  int started_ = 0;
  std::list<pod> pods_;  // the oldest first
};

}  // namespace tandem::chaos
