#include "chaos/distant_memcached.hpp"

#include <fmt/format.h>

namespace tandem::chaos {

distant_memcached::distant_memcached(test::network_namespace const& near) : line_(near, 1) {
  test::network_namespace::visit const there(line_.far());
  server_.emplace(std::vector<std::string>{"-l", line_.far_address()});
}

std::string distant_memcached::address() const {
  return fmt::format("{}:{}", line_.far_address(), server_->port());
}

void distant_memcached::start() {
  test::network_namespace::visit const there(line_.far());
  server_->start();
}

}  // namespace tandem::chaos
