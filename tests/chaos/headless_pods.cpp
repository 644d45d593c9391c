#include "chaos/headless_pods.hpp"

#include "support/free_port.hpp"
#include "support/memcached_server.hpp"
#include "support/text_client.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

namespace tandem::chaos {
namespace {

constexpr char const* name = "pods.test";

bool listens(std::string const& address, std::uint16_t port) {
  try {
    test::text_client const tried(address, port);
    return true;
  } catch (std::runtime_error const&) {
    return false;
  }
}

}  // namespace

headless_pods::headless_pods(test::network_namespace const& here) : port_(test::free_port()), names_(here) {
  while (started_ < count) start_one();
  publish();
}

std::string headless_pods::service() const { return fmt::format("{}:{}", name, port_); }

void headless_pods::replace_one() {
  pods_.front().server.kill();
  pods_.pop_front();
  start_one();
  publish();
}

void headless_pods::start_one() {
  std::string const address = fmt::format("127.0.0.{}", ++started_ + 10);
  pods_.emplace_back(address, std::vector<std::string>{test::memcached_program(), "-l", address, "-p",
                                                       std::to_string(port_), "-U", "0", "-u", "root"});
  if (!test::wait_until([&] { return listens(address, port_); }))
    throw std::runtime_error("memcached does not start at " + address);
}

void headless_pods::publish() {
  std::vector<std::string> addresses;
  for (pod const& each : pods_) addresses.push_back(each.address);
  names_.has(name, addresses);
}

}  // namespace tandem::chaos
