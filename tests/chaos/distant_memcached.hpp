// A memcached on a host of its own: a network namespace at the end of a cable, which can be cut, so that packets are lost and
// nobody is told.
#pragma once

#include "support/memcached_server.hpp"
#include "support/network_namespace.hpp"

#include <optional>
#include <string>

namespace tandem::chaos {

class distant_memcached {
 public:
  explicit distant_memcached(test::network_namespace const& near);

  /// As seen from the near end.
  std::string address() const;
  test::cable const& line() const { return line_; }

  void kill() { server_->kill(); }
  /// Starts it again, empty.
  void start();

 private:
  test::cable line_;
  std::optional<test::memcached_server> server_;
};

}  // namespace tandem::chaos
