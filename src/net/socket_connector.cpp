#include "net/socket_connector.hpp"

#include "net/name_resolver.hpp"
#include "net/reactor.hpp"
#include "net/socket_stream.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

namespace tandem::net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using local = boost::asio::local::stream_protocol;

void configure_tcp(int descriptor) {
  int const on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

/// Its handlers share it; one that was abandoned has no caller any more.
class socket_attempt final : public connector::attempt, public std::enable_shared_from_this<socket_attempt> {
 public:
  socket_attempt(reactor& on, connector::caller& told)
      : caller_(&told), reactor_(on), tcp_socket_(on.context()), local_socket_(on.context()) {}

  void start(endpoint const& where) override {
    if (where.unix_socket()) return start_local(where.path);
    if (auto const address = literal_address(where.host)) return start_tcp({{*address, where.port}});
    name_resolver& names = reactor_.names();
    if (auto const known = names.take_late_answer(where.host, reactor_.now()))
      return resolved(*known, where.port);
    looking_up_ = names.ask(
        where.host, reactor_.now(),
        [weak = weak_from_this(), port = where.port, &on = reactor_](name_resolver::resolution const& found) {
          on.post([weak, port, found] {
            if (auto const self = weak.lock()) self->resolved(found, port);
          });
        });
  }

  bool looking_up() const override { return looking_up_.has_value(); }

  void abandon() override {
    caller_ = nullptr;
    error_code ignored;
    looking_up_.reset();
    tcp_socket_.close(ignored);
    local_socket_.close(ignored);
  }

 private:
  void resolved(name_resolver::resolution const& found, std::uint16_t port) {
    looking_up_.reset();
    if (!caller_) return;
    if (found.addresses.empty()) return failed("cannot resolve the name: " + found.failure);
    std::vector<tcp::endpoint> targets;
    targets.reserve(found.addresses.size());
    for (auto const& address : found.addresses) targets.emplace_back(address, port);
    start_tcp(std::move(targets));
  }

  void start_tcp(std::vector<tcp::endpoint> targets) {
    auto const kept = std::make_shared<std::vector<tcp::endpoint>>(std::move(targets));
    boost::asio::async_connect(tcp_socket_, *kept,
                               [self = shared_from_this(), kept](error_code failed, tcp::endpoint const&) {
                                 if (failed) return self->failed(failed);
                                 if (!self->caller_) return;
                                 configure_tcp(self->tcp_socket_.native_handle());
                                 self->succeeded(self->tcp_socket_.release());
                               });
  }

  void start_local(std::string const& path) {
    local::endpoint target;
    try {
      target = local::endpoint(path);
    } catch (boost::system::system_error const& too_long) {
      return failed(too_long.code().message());
    }
    local_socket_.async_connect(target, [self = shared_from_this()](error_code failed) {
      if (failed) return self->failed(failed);
      if (self->caller_) self->succeeded(self->local_socket_.release());
    });
  }

  void succeeded(int descriptor) {
    auto made = make_socket_stream(reactor_, descriptor);
    if (!made) return failed("cannot watch the socket");
    std::exchange(caller_, nullptr)->on_stream(std::move(made));
  }

  void failed(error_code reason) { failed(reason.message(), whose(reason)); }

  void failed(std::string reason, connector::fault whose = connector::fault::server) {
    if (caller_) std::exchange(caller_, nullptr)->on_no_stream(std::move(reason), whose);
  }

  static connector::fault whose(error_code reason) {
    constexpr std::array ours{EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL};
    bool const is_ours = std::ranges::find(ours, reason.value()) != ours.end();
    return is_ours ? connector::fault::ours : connector::fault::server;
  }

  connector::caller* caller_;
  reactor& reactor_;
  std::optional<name_resolver::ticket> looking_up_;
  tcp::socket tcp_socket_;
  local::socket local_socket_;
};

class over_sockets final : public connector {
 public:
  std::shared_ptr<attempt> make_attempt(reactor& on, caller& told) const override {
    return std::make_shared<socket_attempt>(on, told);
  }
};

}  // namespace

connector const& socket_connector() {
  static over_sockets const only;
  return only;
}

}  // namespace tandem::net
