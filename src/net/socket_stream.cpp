#include "net/socket_stream.hpp"

#include "net/reactor.hpp"

#include <arpa/inet.h>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace tandem::net {
namespace {

/// Asio says when the socket is ready; what is read and written goes straight to the system.
class socket_stream final : public byte_stream {
 public:
  using socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol,
                                                  boost::asio::io_context::executor_type>;

  explicit socket_stream(socket&& connected) : socket_(std::move(connected)) {}

  transfer read(std::span<char> room) override {
    ssize_t count = 0;
    do {
      count = ::recv(socket_.native_handle(), room.data(), room.size(), 0);
    } while (count < 0 && errno == EINTR);
    if (count > 0) return {static_cast<std::size_t>(count)};
    return count == 0 ? transfer{0, condition::ended} : failed();
  }

  transfer write(std::span<iovec const> pieces) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    ssize_t count = 0;
    do {
      count = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    return count >= 0 ? transfer{static_cast<std::size_t>(count)} : failed();
  }

  void wait_readable(std::shared_ptr<waiter> told) override {
    socket_.async_wait(socket::wait_read, [told = std::move(told)](boost::system::error_code failed) {
      if (!failed) told->on_readable();
    });
  }

  void wait_writable(std::shared_ptr<waiter> told) override {
    socket_.async_wait(socket::wait_write, [told = std::move(told)](boost::system::error_code failed) {
      if (!failed) told->on_writable();
    });
  }

  void end_output() override {
    boost::system::error_code ignored;
    socket_.shutdown(socket::shutdown_send, ignored);
  }

  void close() override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  std::size_t untaken() const override {
    int waiting = 0;
    // Asio's native_handle() is not const.
    bool const known = ::ioctl(const_cast<socket&>(socket_).native_handle(), SIOCOUTQ, &waiting) == 0;
    return known ? static_cast<std::size_t>(waiting) : 0;
  }

  std::string peer() const override {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    // Asio's native_handle() is not const.
    int const descriptor = const_cast<socket&>(socket_).native_handle();
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
    void const* const v4 = &reinterpret_cast<sockaddr_in const&>(address).sin_addr;
    void const* const v6 = &reinterpret_cast<sockaddr_in6 const&>(address).sin6_addr;
    bool const is_v4 = address.ss_family == AF_INET;
    if (!is_v4 && address.ss_family != AF_INET6) return {};
    char words[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(address.ss_family, is_v4 ? v4 : v6, words, sizeof words);
    return words;
  }

  breakage why_broken() const override {
    // A router on the way may say so before the time is over.
    bool const vanished = error_ == ETIMEDOUT || error_ == EHOSTUNREACH || error_ == ENETUNREACH;
    return {std::generic_category().message(error_), vanished};
  }

 private:
  transfer failed() {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {0, condition::would_block};
    error_ = errno;
    return {0, condition::broken};
  }

  socket socket_;
  int error_ = 0;
};

}  // namespace

std::unique_ptr<byte_stream> make_socket_stream(reactor& on, int descriptor) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length);
  socket_stream::socket made(on.context());
  boost::system::error_code failed;
  made.assign(boost::asio::generic::stream_protocol(address.ss_family, 0), descriptor, failed);
  if (failed) ::close(descriptor);
  if (!failed) made.non_blocking(true, failed);
  return failed ? nullptr : std::make_unique<socket_stream>(std::move(made));
}

}  // namespace tandem::net
