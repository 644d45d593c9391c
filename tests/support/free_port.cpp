#include "support/free_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <stdexcept>
#include <string>

namespace tandem::test {
namespace {

constexpr unsigned first_port = 20000;
constexpr unsigned ports_per_process = 200;
constexpr unsigned ranges = 60;

bool bindable(std::uint16_t port) {
  int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int const on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  bool const bound = ::bind(fd, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0;
  ::close(fd);
  return bound;
}

// By the name of a socket, which the kernel takes back when the process ends.
bool claims(unsigned range) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string const name = "tandem test ports " + std::to_string(range);
  name.copy(address.sun_path + 1, name.size());
  auto const size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  int const fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(fd, reinterpret_cast<sockaddr const*>(&address), size) == 0) return true;
  ::close(fd);
  return false;
}

unsigned claimed_range() {
  auto const first = static_cast<unsigned>(::getpid());
  for (unsigned tried = 0; tried < ranges; ++tried) {
    if (claims((first + tried) % ranges)) return (first + tried) % ranges;
  }
  throw std::runtime_error("too many programs want ports");
}

}  // namespace

std::uint16_t free_port() {
  static unsigned const range = claimed_range();
  static unsigned next = 0;
  for (unsigned tried = 0; tried < ports_per_process * ranges; ++tried) {
    unsigned const offset = (range * ports_per_process + next++) % (ports_per_process * ranges);
    auto const port = static_cast<std::uint16_t>(first_port + offset);
    if (bindable(port)) return port;
  }
  throw std::runtime_error("no free port");
}

}  // namespace tandem::test
