#include "support/fake_server.hpp"

#include "support/free_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace tandem::test {

fake_server::fake_server() : port_(free_port()), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  int const on = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd_, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 ||
      ::listen(fd_, 64) != 0) {
    throw std::runtime_error("cannot listen on port " + std::to_string(port_));
  }
}

fake_server::~fake_server() { ::close(fd_); }

std::optional<text_client> fake_server::accept(std::chrono::milliseconds timeout) const {
  pollfd waiting{fd_, POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(timeout.count())) <= 0) return std::nullopt;
  return text_client(text_client::accepted{::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC)});
}

std::optional<text_client> fake_server::accept_as_memcached(std::string_view version,
                                                            std::chrono::milliseconds timeout) const {
  std::optional<text_client> asked = accept(timeout);
  if (!asked) return std::nullopt;
  std::string const question = asked->read_line();
  if (question != "version") throw std::runtime_error("\"version\" should come first, not: " + question);
  asked->send(std::string(version) + "\r\n");
  return asked;
}

}  // namespace tandem::test
