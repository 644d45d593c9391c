#include "net/upstream_connection.hpp"

#include "net/byte_stream.hpp"
#include "net/reactor.hpp"

#include <utility>

namespace tandem::net {

upstream_connection::upstream_connection(net::reactor& reactor, endpoint where, upstream_options options,
                                         watched_server& watched, pause_function pause, owner& owner,
                                         connector const& through)
    : reactor_(reactor),
      where_(std::move(where)),
      options_(options),
      health_(watched),
      metrics_(watched.worker_metrics(), watched.counted_as()),
      pause_(std::move(pause)),
      owner_(owner),
      connector_(through) {}

upstream_connection::~upstream_connection() {
  if (attempt_) attempt_->abandon();
  if (state_ == state::ready) metrics_.connections.add(-1);
}

void upstream_connection::connect() {
  if (state_ != state::idle) return;
  state_ = state::connecting;
  attempted_ = reactor_.now();
  opened_ = false;  // of the connection before
  auto const started = connector_.make_attempt(reactor_, *this);
  attempt_ = started;
  reactor_.arm(*this, reactor_.now() + options_.connect_timeout);
  started->start(where_);  // may fail, and so end the attempt, before it returns
}

bool upstream_connection::slow() const {
  bool const under_way = state_ == state::connecting || (state_ == state::ready && !opened_);
  return under_way && reactor_.now() - attempted_ > options_.timeout;
}

void upstream_connection::on_stream(std::unique_ptr<byte_stream> made) {
  disarm();
  attempt_.reset();
  connection::traffic const traffic{metrics_.read_bytes, metrics_.written_bytes};
  connection_.emplace(connection::over(reactor_, std::move(made), traffic, *this));
  state_ = state::ready;
  opened_ = false;
  alive_ = false;
  metrics_.connections.add(1);
  metrics_.connects.add();
  connection_->start_reading();
  owner_.on_connected();
}

void upstream_connection::on_no_stream(std::string why, connector::fault whose) {
  servers_fault_ = whose == connector::fault::server;
  disarm();
  if (attempt_) attempt_->abandon();
  attempt_.reset();
  metrics_.connect_failures.add();
  wait_before_next_attempt({trouble_kind::connect, std::move(why)});
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
    auto const missed = attempt_->looking_up() ? "no answer about its name within " : "no connection within ";
    return on_no_stream(missed + limit + " ms", connector::fault::server);
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
  servers_fault_ = true;
  bool const unasked = reason.kind == base::error_kind::connection_lost && connection_->written() == 0 &&
                       connection_->output().empty();
  connection_->close();
  metrics_.connections.add(-1);
  metrics_.disconnects.add();
  state_ = state::idle;
  // Once down, it is tried until it does well, whether anybody asks for it or not.
  if (!alive_ && (failures_ > 0 || !unasked)) wait_before_next_attempt({kind, reason.message});
  owner_.on_disconnected(reason);
}

}  // namespace tandem::net
