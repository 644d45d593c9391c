#include "bench/client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

namespace tandem::bench {

namespace {

[[noreturn]] void fail(std::string const& what) {
  throw std::system_error(errno, std::system_category(), what);
}

int connect_unix(std::string const& path) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (path.size() >= sizeof where.sun_path)
    throw std::invalid_argument("too long for a socket's path: " + path);
  std::memcpy(where.sun_path, path.data(), path.size());
  int const made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) fail("socket");
  if (::connect(made, reinterpret_cast<sockaddr const*>(&where), sizeof where) != 0)
    fail("connect to " + path);
  return made;
}

int connect_tcp(std::string const& address) {
  std::size_t const colon = address.rfind(':');
  sockaddr_in where{};
  where.sin_family = AF_INET;
  std::uint16_t port = 0;
  bool const right =
      colon != std::string::npos &&
      std::from_chars(address.data() + colon + 1, address.data() + address.size(), port).ec == std::errc() &&
      ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &where.sin_addr) == 1;
  if (!right) throw std::invalid_argument("no numeric address and port: " + address);
  where.sin_port = htons(port);
  int const made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) fail("socket");
  if (::connect(made, reinterpret_cast<sockaddr const*>(&where), sizeof where) != 0)
    fail("connect to " + address);
  int const one = 1;
  ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return made;
}

constexpr std::size_t read_size = 16 * 1024;

}  // namespace

client::client(std::string const& address)
    : socket_(address.starts_with("unix:") ? connect_unix(address.substr(5)) : connect_tcp(address)) {}

client::~client() {
  if (socket_ >= 0) ::close(socket_);
}

void client::flush() {
  while (sending()) {
    ssize_t const count =
        ::send(socket_, output_.data() + sent_, output_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) fail("send");
    sent_ += static_cast<std::size_t>(count);
  }
  output_.clear();
  sent_ = 0;
}

std::size_t client::read_some() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (input_.size() - end_ < read_size && begin_ > 0) {
    std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (input_.size() - end_ < read_size) input_.resize(std::max(2 * input_.size(), 2 * read_size));
  ssize_t const count = ::recv(socket_, input_.data() + end_, input_.size() - end_, MSG_DONTWAIT);
  if (count == 0) throw std::runtime_error("the connection was closed");
  if (count < 0 && errno != EAGAIN && errno != EINTR) fail("receive");
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

void client::receive(dialect const& words, std::function<void(request const&)> const& answered) {
  end_ += read_some();
  while (begin_ < end_) {
    std::string_view const unread(input_.data() + begin_, end_ - begin_);
    if (pending_.empty())
      throw wrong_reply("a reply that nobody asked for: " + std::string(unread.substr(0, 80)));
    std::size_t const size = words.read(unread, pending_.front());
    if (size == 0) return;
    begin_ += size;
    request const done = pending_.front();
    pending_.pop_front();
    answered(done);
  }
}

void client::await_replies(dialect const& words) {
  while (!pending_.empty()) {
    flush();
    pollfd ready{socket_, static_cast<short>(sending() ? POLLIN | POLLOUT : POLLIN), 0};
    if (::poll(&ready, 1, 10'000) == 0) throw std::runtime_error("no reply within ten seconds");
    if ((ready.revents & ~POLLOUT) != 0) receive(words, [](request const&) {});
  }
}

std::size_t client::babble(std::string_view bytes) {
  std::size_t taken = 0;
  for (;;) {
    // Goes on where the last call has stopped, so that commands stay whole.
    ssize_t const count =
        ::send(socket_, bytes.data() + sent_, bytes.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count <= 0) return taken;
    taken += static_cast<std::size_t>(count);
    sent_ = (sent_ + static_cast<std::size_t>(count)) % bytes.size();
  }
}

void client::receive_little() const {
  int const size = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

void client::close_by_reset() const {
  linger const at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace tandem::bench
