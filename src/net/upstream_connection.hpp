// The connection to one server, made when it is first wanted and made again, after a jittered and growing
// pause, when it could not be made. Knows when to connect, not what is said.
//
// States: idle -> connecting -> ready -> (lost) idle; connecting -> (failed) down -> connecting -> ...
// In `down` the next attempt is made by a timer, and whoever wants the server is told at once that it is not
// there. That lasts until the owner calls open(): a server that takes connections and then refuses whoever it talks
// to is as far away as one that takes none. The server's health is told of both.
#pragma once

#include "base/error.hpp"
#include "base/timer.hpp"
#include "net/connection.hpp"
#include "net/connector.hpp"
#include "net/options.hpp"
#include "net/socket_connector.hpp"
#include "net/upstream_metrics.hpp"
#include "net/watched_server.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tandem::net {

class upstream_connection : private connection::owner, private connector::caller, private base::timer {
 public:
  enum class state : std::uint8_t { idle, connecting, ready, down };

  class owner {
   public:
    /// The connection stands: state() is ready.
    virtual void on_connected() = 0;
    /// New bytes stand in input().
    virtual void on_bytes() = 0;
    /// An attempt failed (state() is down), or an established connection ended (state() is idle or down).
    virtual void on_disconnected(base::error const& reason) = 0;

   protected:
    ~owner() = default;
  };

  /// How long to wait before the next attempt, after so many failures in a row (0: the first).
  using pause_function = std::function<base::duration(unsigned failures)>;

  upstream_connection(net::reactor& reactor, endpoint where, upstream_options options,
                      watched_server& watched, pause_function pause, owner& owner,
                      connector const& through = socket_connector());
  ~upstream_connection() override;

  state current() const { return state_; }
  endpoint const& where() const { return where_; }
  upstream_options const& options() const { return options_; }
  upstream_metrics const& metrics() const { return metrics_; }
  net::reactor& reactor() { return reactor_; }

  /// Requests may take as long as that, or as long as any that was allowed before.
  void allow(std::chrono::milliseconds timeout) { options_.timeout = std::max(options_.timeout, timeout); }

  /// Whether the last attempt failed, to connect or to come past what must be said first, and none has succeeded
  /// since.
  bool failing() const {
    if (state_ == state::connecting || state_ == state::ready) return failures_ > 0 && !opened_;
    return state_ == state::down;
  }

  /// Whether an attempt has been under way for longer than a request may take: who asks now would wait in vain, too.
  bool slow() const;

  /// Whether that says something of the server, and not of this process.
  bool servers_fault() const { return servers_fault_; }

  /// Why the server is down, in words; while failing(). Nothing is sent then, so that its kind is `connect`.
  base::error const& last_failure() const { return last_failure_; }

  /// Starts an attempt if the state is idle.
  void connect();

  /// Ends an established connection because of what the peer did; the owner is told as if it had been lost.
  void give_up(base::error reason);

  /// The same for a peer that lets nobody in, or that must not be spoken to.
  void turned_away(trouble why);

  /// What must be said first was answered well, or nothing must: from now on the connection is for everyone.
  void open() { opened_ = true; }

  /// The server answered something sensible on an open connection. One that ends before counts as one more failure
  /// to connect, unless nothing was asked over it.
  void proved_alive() {
    if (!alive_) come_alive();
  }

  /// The address of the server; empty unless the state is ready.
  std::string peer() const { return state_ == state::ready ? connection_->peer() : std::string(); }

  base::input_buffer& input() { return connection_->input(); }

  /// See connection.
  void leave_rest() { connection_->leave_rest(); }
  base::output_buffer& output() { return connection_->output(); }
  void flush_later() { connection_->flush_later(); }
  std::uint64_t received() const { return connection_->received(); }
  std::uint64_t written() const { return connection_->written(); }

 private:
  void on_input() override;
  void on_end_of_input() override;
  void on_output() override {}
  void on_closed(std::string_view reason) override;
  void on_deadline() override;

  void on_stream(std::unique_ptr<byte_stream> made) override;
  void on_no_stream(std::string why, connector::fault whose) override;
  void lost(base::error reason, trouble_kind kind);
  void come_alive();
  void wait_before_next_attempt(trouble why);

  net::reactor& reactor_;
  endpoint where_;
  upstream_options options_;
  watched_server::witness health_;
  upstream_metrics metrics_;
  pause_function pause_;
  owner& owner_;
  connector const& connector_;
  state state_ = state::idle;
  base::time_point attempted_{};
  unsigned failures_ = 0;       // in a row
  bool servers_fault_ = false;  // the last of them
  bool opened_ = false;         // this connection is for everyone
  bool alive_ = false;          // something sensible came on it then
  base::error last_failure_{base::error_kind::connect, {}};
  std::shared_ptr<connector::attempt> attempt_;
  std::optional<connection> connection_;
};

}  // namespace tandem::net
