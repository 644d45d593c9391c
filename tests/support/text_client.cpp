#include "support/text_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace tandem::test {
namespace {

int connected(int family, sockaddr const* address, socklen_t size, std::string const& where) {
  int const fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, address, size) == 0) return fd;
  ::close(fd);
  throw std::runtime_error("cannot connect to " + where);
}

}  // namespace

text_client::text_client(std::uint16_t port) : text_client("127.0.0.1", port) {}

text_client::text_client(std::string const& host, std::uint16_t port) {
  std::string const where = host + ":" + std::to_string(port);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    throw std::runtime_error("not an address: " + host);
  fd_ = connected(AF_INET, reinterpret_cast<sockaddr const*>(&address), sizeof address, where);
  int const on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

text_client::text_client(std::string const& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_path.c_str(), sizeof address.sun_path - 1);
  fd_ = connected(AF_UNIX, reinterpret_cast<sockaddr const*>(&address), sizeof address, socket_path);
}

text_client::~text_client() {
  if (fd_ >= 0) ::close(fd_);
}

text_client::text_client(text_client&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), timeout_(other.timeout_), buffer_(std::move(other.buffer_)) {}

text_client& text_client::operator=(text_client&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(timeout_, other.timeout_);
  std::swap(buffer_, other.buffer_);
  return *this;
}

void text_client::receive_buffer(int bytes) const {
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

void text_client::send(std::string_view bytes) {
  // What comes back meanwhile is taken in, or both sides could wait for each other with full buffers.
  while (!bytes.empty()) {
    pollfd waiting{fd_, POLLOUT | POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(timeout_.count())) <= 0) {
      throw std::runtime_error("cannot send: the other side does not read");
    }
    if ((waiting.revents & POLLIN) != 0 && receive(timeout_) != received::bytes) return;
    if ((waiting.revents & POLLOUT) == 0) continue;
    ssize_t const sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return;  // the other side closed, which the next read shows
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t text_client::send_some(std::string_view bytes, std::chrono::milliseconds limit) {
  std::size_t total = 0;
  pollfd waiting{fd_, POLLOUT, 0};
  while (total < bytes.size() && ::poll(&waiting, 1, static_cast<int>(limit.count())) > 0) {
    ssize_t const sent = ::send(fd_, bytes.data() + total, bytes.size() - total, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) break;
    total += static_cast<std::size_t>(sent);
  }
  return total;
}

text_client::received text_client::receive(std::chrono::milliseconds limit) {
  pollfd waiting{fd_, POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(limit.count())) <= 0) return received::nothing;
  std::array<char, 65536> block;
  ssize_t const count = ::recv(fd_, block.data(), block.size(), 0);
  if (count <= 0) return received::end;
  buffer_.append(block.data(), static_cast<std::size_t>(count));
  return received::bytes;
}

void text_client::require(std::string_view what) {
  received const got = receive(timeout_);
  if (got == received::bytes) return;
  std::string const why = got == received::end ? "connection closed" : "nothing came";
  throw std::runtime_error(why + " while waiting for " + std::string(what) + "; unread: \"" +
                           buffer_.substr(0, 500) + "\"");
}

std::string text_client::take(std::size_t count) {
  std::string taken = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return taken;
}

std::string text_client::read_until(std::string_view end) {
  std::size_t searched = 0;
  while (true) {
    std::size_t const found = buffer_.find(end, searched);
    if (found != std::string::npos) return take(found + end.size());
    searched = buffer_.size() < end.size() ? 0 : buffer_.size() - end.size() + 1;
    require(end);
  }
}

std::string text_client::read_line() {
  std::string line = read_until("\r\n");
  line.resize(line.size() - 2);
  return line;
}

std::string text_client::read_exactly(std::size_t count) {
  while (buffer_.size() < count) require(std::to_string(count) + " bytes");
  return take(count);
}

std::string text_client::read_to_close() {
  received got = received::bytes;
  while (got == received::bytes) got = receive(timeout_);
  if (got == received::end) return take(buffer_.size());
  throw std::runtime_error("connection not closed; unread: \"" + buffer_.substr(0, 500) + "\"");
}

text_client::portion text_client::read_up_to(std::string_view end) {
  std::size_t searched = 0;
  while (true) {
    std::size_t const found = end.empty() ? std::string::npos : buffer_.find(end, searched);
    if (found != std::string::npos) return {take(found + end.size()), ending::found};
    searched = buffer_.size() < end.size() ? 0 : buffer_.size() - end.size() + 1;
    received const got = receive(timeout_);
    if (got == received::end) return {take(buffer_.size()), ending::closed};
    if (got == received::nothing) return {take(buffer_.size()), ending::silent};
  }
}

bool text_client::silent(std::chrono::milliseconds time) {
  return buffer_.empty() && receive(time) == received::nothing;
}

bool text_client::closed() { return buffer_.empty() && receive(timeout_) == received::end; }

std::string text_client::ask(std::string_view bytes) {
  send(bytes);
  return read_line();
}

std::string text_client::converse(std::string_view commands) {
  send(std::string(commands) + "version\r\n");
  while (true) {
    std::size_t const after_line = buffer_.find("\nVERSION ");
    bool const at_once = buffer_.starts_with("VERSION ");
    if (at_once || after_line != std::string::npos) {
      std::string answer = take(at_once ? 0 : after_line + 1);
      read_line();
      return answer;
    }
    received const got = receive(timeout_);
    if (got == received::end) return take(buffer_.size()) + "<closed>";
    if (got == received::nothing) require("VERSION");
  }
}

void text_client::half_close() const { ::shutdown(fd_, SHUT_WR); }

void text_client::reset() {
  linger const at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(fd_, -1));
}

bool accepts(std::uint16_t port) {
  try {
    text_client const client(port);
    return true;
  } catch (std::runtime_error const&) {
    return false;
  }
}

}  // namespace tandem::test
