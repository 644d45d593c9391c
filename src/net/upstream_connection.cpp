#include "net/upstream_connection.hpp"

#include "net/name_resolver.hpp"
#include "net/reactor.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace tandem::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using local = asio::local::stream_protocol;

namespace {

void configure_tcp(int descriptor) {
  int const on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

}  // namespace

/// One attempt to connect. Its handlers share it; an attempt that was abandoned has no parent any more.
struct upstream_connection::attempt : std::enable_shared_from_this<attempt> {
  attempt(upstream_connection& made_by, net::reactor& on)
      : parent(&made_by), reactor(on), tcp_socket(on.context()), local_socket(on.context()) {}

  void start(endpoint const& where) {
    if (where.unix_socket()) return start_local(where.path);
    if (auto const address = literal_address(where.host)) return start_tcp({{*address, where.port}});
    name_resolver& names = reactor.names();
    if (auto const known = names.take_late_answer(where.host, reactor.now()))
      return resolved(*known, where.port);
    looking_up = names.ask(
        where.host, reactor.now(),
        [weak = weak_from_this(), port = where.port, &on = reactor](name_resolver::outcome const& found) {
          on.post([weak, port, found] {
            if (auto const self = weak.lock()) self->resolved(found, port);
          });
        });
  }

  bool resolving() const { return looking_up.has_value(); }

  void resolved(name_resolver::outcome const& found, std::uint16_t port) {
    looking_up.reset();
    if (!parent) return;
    if (found.addresses.empty()) return failed("cannot resolve the name: " + found.failure);
    std::vector<tcp::endpoint> targets;
    targets.reserve(found.addresses.size());
    for (auto const& address : found.addresses) targets.emplace_back(address, port);
    start_tcp(std::move(targets));
  }

  void start_tcp(std::vector<tcp::endpoint> targets) {
    auto const kept = std::make_shared<std::vector<tcp::endpoint>>(std::move(targets));
    asio::async_connect(tcp_socket, *kept,
                        [self = shared_from_this(), kept](error_code failed, tcp::endpoint const&) {
                          if (failed) return self->failed(failed.message());
                          if (!self->parent) return;
                          configure_tcp(self->tcp_socket.native_handle());
                          self->succeeded(self->tcp_socket.release());
                        });
  }

  void start_local(std::string const& path) {
    local::endpoint target;
    try {
      target = local::endpoint(path);
    } catch (boost::system::system_error const& too_long) {
      return failed(too_long.code().message());
    }
    local_socket.async_connect(target, [self = shared_from_this()](error_code failed) {
      if (failed) return self->failed(failed.message());
      if (self->parent) self->succeeded(self->local_socket.release());
    });
  }

  void succeeded(int descriptor) {
    if (parent) parent->established(descriptor);
  }

  void failed(std::string reason) {
    if (parent) parent->attempt_failed(std::move(reason));
  }

  void abandon() {
    parent = nullptr;
    error_code ignored;
    looking_up.reset();
    tcp_socket.close(ignored);
    local_socket.close(ignored);
  }

  upstream_connection* parent;
  net::reactor& reactor;
  std::optional<name_resolver::ticket> looking_up;
  tcp::socket tcp_socket;
  local::socket local_socket;
};

upstream_connection::upstream_connection(net::reactor& reactor, endpoint where, upstream_options options,
                                         watched_server const& watched, pause_function pause, owner& owner)
    : reactor_(reactor),
      where_(std::move(where)),
      options_(options),
      health_(watched.health, watched.figures, watched.name),
      figures_(watched.figures, watched.name),
      pause_(std::move(pause)),
      owner_(owner) {}

upstream_connection::~upstream_connection() {
  if (attempt_) attempt_->abandon();
  if (state_ == state::ready) figures_.connections.add(-1);
}

void upstream_connection::connect() {
  if (state_ != state::idle) return;
  state_ = state::connecting;
  auto const started = std::make_shared<attempt>(*this, reactor_);
  attempt_ = started;
  reactor_.arm(*this, reactor_.now() + options_.connect_timeout);
  started->start(where_);  // may fail, and so end the attempt, before it returns
}

void upstream_connection::established(int descriptor) {
  disarm();
  attempt_.reset();
  connection::traffic const traffic{figures_.read_bytes, figures_.written_bytes};
  connection_.emplace(connection::adopt(reactor_, descriptor, traffic, *this));
  if (!connection_->open()) return attempt_failed("cannot watch the socket");
  state_ = state::ready;
  opened_ = false;
  alive_ = false;
  figures_.connections.add(1);
  figures_.connects.add();
  connection_->start_reading();
  owner_.on_connected();
}

void upstream_connection::attempt_failed(std::string reason) {
  disarm();
  if (attempt_) attempt_->abandon();
  attempt_.reset();
  figures_.connect_failures.add();
  wait_before_next_attempt({trouble_kind::connect, std::move(reason)});
  owner_.on_disconnected(base::error(last_failure_));
}

void upstream_connection::wait_before_next_attempt(trouble why) {
  state_ = state::down;
  last_failure_ = {base::error_kind::connect, why.words};
  health_.sees(std::move(why));
  reactor_.arm(*this, reactor_.now() + pause_(failures_++));
}

void upstream_connection::on_deadline() {
  if (state_ == state::connecting) {
    auto const limit = std::to_string(options_.connect_timeout.count());
    auto const missed = attempt_->resolving() ? "no answer about its name within " : "no connection within ";
    return attempt_failed(missed + limit + " ms");
  }
  if (state_ != state::down) return;
  state_ = state::idle;
  connect();
}

void upstream_connection::on_input() { owner_.on_bytes(); }

void upstream_connection::on_end_of_input() { on_closed("connection closed by the server"); }

void upstream_connection::on_closed(std::string_view reason) {
  lost({base::error_kind::connection_lost, std::string(reason)}, trouble_kind::connection_lost);
}

void upstream_connection::give_up(base::error reason) {
  if (state_ != state::ready) return;
  trouble_kind const kind = trouble_of(reason.kind);
  lost(std::move(reason), kind);
}

void upstream_connection::turned_away(trouble why) {
  if (state_ == state::ready) lost({base::error_kind::connect, std::move(why.words)}, why.kind);
}

void upstream_connection::come_alive() {
  failures_ = 0;
  opened_ = true;
  alive_ = true;
  health_.sees_none();
}

void upstream_connection::lost(base::error reason, trouble_kind kind) {
  bool const unasked = reason.kind == base::error_kind::connection_lost && connection_->written() == 0 &&
                       connection_->output().empty();
  connection_->close();
  figures_.connections.add(-1);
  figures_.disconnects.add();
  state_ = state::idle;
  // Once down, it is tried until it does well, whether anybody asks for it or not.
  if (!alive_ && (failures_ > 0 || !unasked)) wait_before_next_attempt({kind, reason.message});
  owner_.on_disconnected(reason);
}

}  // namespace tandem::net
