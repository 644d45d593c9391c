#include "attack/crowd.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace tandem::attack {
namespace {

[[noreturn]] void fail(char const* what) { throw std::system_error(errno, std::generic_category(), what); }

/// At once: a system that is busy with one call for long lets nobody else run on its core, who is then not kept by the daemon.
constexpr std::size_t sent_max = 16 * 1024;

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

crowd::crowd(std::uint16_t port, manner how)
    : port_(port), how_(std::move(how)), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (poll_ < 0) fail("epoll_create1");
}

crowd::~crowd() {
  for (member& each : members_) disconnect(each);
  ::close(poll_);
}

void crowd::connect(member& one) {
  one = {.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (one.socket < 0) fail("socket");
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port_);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(one.socket, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) fail("connect");
  epoll_event wanted{};
  wanted.events = EPOLLOUT | EPOLLET | EPOLLRDHUP | (how_.reads ? EPOLLIN : 0U);
  wanted.data.ptr = &one;
  if (::epoll_ctl(poll_, EPOLL_CTL_ADD, one.socket, &wanted) != 0) fail("epoll_ctl");
}

void crowd::disconnect(member& one) const {
  if (one.socket >= 0) ::close(std::exchange(one.socket, -1));
}

/// As much as is taken now; false if the server has ended the connection.
bool crowd::send(member& one) const {
  while (true) {
    if (!one.introduced && one.sent == how_.once.size()) one = {one.socket, true, 0};
    std::string const& bytes = one.introduced ? how_.again : how_.once;
    if (bytes.empty()) return true;
    std::string_view const rest = std::string_view(bytes).substr(one.sent, sent_max);
    ssize_t const count = ::send(one.socket, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) return would_block();
    one.sent += static_cast<std::size_t>(count);
    if (one.introduced && one.sent == bytes.size()) one.sent = 0;
    if (static_cast<std::size_t>(count) < rest.size()) return true;
  }
}

/// What has come; false if the server has ended the connection.
bool crowd::drain(member& one) {
  while (how_.reads) {
    ssize_t const count = ::recv(one.socket, thrown_away_.data(), thrown_away_.size(), MSG_DONTWAIT);
    if (count == 0) return false;
    if (count < 0) return would_block();
  }
  return true;
}

void crowd::run(std::stop_token const& over) {
  for (std::size_t i = 0; i < how_.connections && !over.stop_requested(); ++i)
    connect(members_.emplace_back());
  while (!over.stop_requested()) {
    std::array<epoll_event, 64> ready{};
    int const count = ::epoll_wait(poll_, ready.data(), ready.size(), 50);
    for (int i = 0; i < count; ++i) {
      member& one = *static_cast<member*>(ready[static_cast<std::size_t>(i)].data.ptr);
      if (drain(one) && send(one) && (ready[static_cast<std::size_t>(i)].events & EPOLLRDHUP) == 0) continue;
      disconnect(one);
      connect(one);
    }
  }
}

}  // namespace tandem::attack
