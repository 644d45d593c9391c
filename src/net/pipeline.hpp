// All exchanges with one server over one connection, answered in the order in which they were written: what joins the
// ledger of them (exchange_ledger.hpp), the connection, and what has to be said on it first.
//
// A codec, one per connection, says where replies end:
//   struct codec { using reply_type = ...; base::parse_status next(base::input_buffer&); reply_type take(); };
// Requests wait while the connection is made, and while as many are under way as the server can do with; then clients take
// turns. They are refused at once while the server is known to be down, or is left alone. An
// exchange that timed out leaves a tombstone that swallows its late reply. Garbage, a reply that nobody waits
// for, or too many tombstones end the connection: the exchanges on it fail, each told whether it had been
// sent.
#pragma once

#include "base/parse_status.hpp"
#include "base/printable.hpp"
#include "base/task.hpp"
#include "net/exchange.hpp"
#include "net/exchange_ledger.hpp"
#include "net/reactor.hpp"
#include "net/upstream_connection.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tandem::net {

/// What makes a pipeline.
struct pipeline_options {
  endpoint where;
  upstream_options upstream;
  watched_server& watched;
  upstream_connection::pause_function pause;
  connector const& through = socket_connector();  // outlives the pipeline
};

template <class Codec>
class pipeline final : private upstream_connection::owner {
 public:
  using exchange_type = exchange<Codec>;
  using make_codec = std::function<Codec()>;

  /// What must be said on a new connection before anything else, through send_greeting(). Gives what is wrong with
  /// the server, or none when all is well.
  using handshake = std::function<base::task<std::optional<trouble>>(pipeline&)>;

  pipeline(net::reactor& reactor, pipeline_options options, make_codec make, handshake greet = {})
      : make_codec_(std::move(make)),
        greet_(std::move(greet)),
        watched_(options.watched),
        connection_(reactor, std::move(options.where), options.upstream, options.watched,
                    std::move(options.pause), *this, options.through),
        ledger_(connection_.options(), watched_.all_requests(),
                {connection_.metrics().pending, connection_.metrics().held_back,
                 connection_.metrics().late_replies}) {}

  /// Must outlive every exchange that was made from it, and is not destroyed by a coroutine that it resumed.
  ~pipeline() = default;
  pipeline(pipeline const&) = delete;
  pipeline& operator=(pipeline const&) = delete;

  /// An awaitable for one request; `encode(base::output_buffer&)` writes it, when its turn comes. The requests of one client
  /// are written in the order in which they were made.
  template <class Encode>
  encoded_exchange<Codec, Encode> send(request_terms terms, Encode encode) {
    return {*this, terms, std::move(encode)};
  }

  /// The same, for the handshake alone: it is written while the others still wait.
  template <class Encode>
  encoded_exchange<Codec, Encode> send_greeting(request_terms terms, Encode encode) {
    terms.priority = priority::greeting;
    return {*this, terms, std::move(encode)};
  }

  endpoint const& where() const { return connection_.where(); }
  /// The address that it is connected to, empty while it is not.
  std::string peer() const { return connection_.peer(); }
  upstream_options const& options() const { return connection_.options(); }
  net::reactor& reactor() { return connection_.reactor(); }

  /// See upstream_connection.
  void allow(std::chrono::milliseconds timeout) { connection_.allow(timeout); }

  /// Whether the last attempt to connect failed, the handshake included, and no other has succeeded since.
  bool down() const { return connection_.failing(); }

  /// The number of the present connection, another for each; 0 while none is open. What is sent while it is open
  /// goes over it or fails, renew() apart.
  std::uint32_t generation() const { return ledger_.generation(); }

  /// Whether anybody has wanted the server yet.
  bool used() const {
    return connection_.current() != state::idle || ledger_.last_reply() != base::time_point();
  }

  /// When it said something last; the epoch, if it never has.
  base::time_point last_reply() const { return ledger_.last_reply(); }

  /// When the last 4 KiB of what it said were read. Less without the end of a reply says no more than silence: a server that
  /// hangs in the middle of one, or that talks nonsense, gets as far.
  base::time_point last_progress() const { return last_progress_; }

  /// Ends the connection: another one may do better.
  void replace() {
    // Whoever asks for that tells of it.
    replaced_ = true;
    connection_.give_up({base::error_kind::timeout, "the server does not answer"});
    replaced_ = false;
  }

  /// Whether no exchange is under way.
  bool quiet() const { return ledger_.quiet(); }

  /// Ends the connection because a reply, though well-formed, made no sense.
  void give_up(std::string message) {
    connection_.give_up({base::error_kind::bad_reply, std::move(message)});
  }

  /// The server is not the one to ask any more: all who wait for it fail now, also those who wait for a connection.
  void abandon(base::error const& why) {
    if (connection_.current() == state::ready) return connection_.give_up(why);
    fail_all(why);
  }

  /// Has everything that is not sent yet go over a new connection, for which the name is asked again; what was sent is
  /// answered over the present one before that ends. False if no connection is open, or this one is to end already.
  bool renew() {
    if (!ledger_.renew()) return false;
    if (ledger_.settled()) retire();
    return true;
  }

 private:
  friend exchange_type;

  static constexpr std::size_t replies_at_once = 64;
  static constexpr std::uint64_t progress_min = 4096;

  using state = upstream_connection::state;

  void submit(exchange_type& one) {
    request_terms const& terms = one.terms();
    if (terms.deadline <= reactor().now()) return one.fail({base::error_kind::timeout, "no time left"});
    if (terms.priority != priority::greeting && down()) return one.fail(connection_.last_failure());
    if (!watched_.admits(terms.key) && terms.priority < priority::probe) return leave_alone(one);
    switch (ledger_.admit(one)) {
      case exchange_ledger::admission::write: return write(one);
      case exchange_ledger::admission::wait: return wait(one);
      case exchange_ledger::admission::not_connected: return one.fail(connection_.last_failure());
      case exchange_ledger::admission::too_many: return turn_away(one);
    }
  }

  void turn_away(exchange_type& one) {
    connection_.metrics().turned_away.add();
    one.fail(watched_.crowded(reactor().now()));
  }

  void leave_alone(exchange_type& one) {
    connection_.metrics().not_asked.add();
    one.fail({base::error_kind::connect, watched_.share() == 0
                                             ? "the server has failed and is left alone"
                                             : "the server returns, and is asked for some of its keys only"});
  }

  void wait(exchange_type& one) {
    if (!ledger_.is_open() && connection_.slow() && one.terms().priority < priority::probe)
      return despair(one);
    reactor().arm(one, one.terms().deadline);
    if (!ledger_.is_open()) connection_.connect();
  }

  void despair(exchange_type& one) {
    ledger_.withdraw(one);
    std::string const limit = std::to_string(options().timeout.count());
    one.fail({base::error_kind::connect, "no connection within " + limit + " ms, and an attempt goes on"});
  }

  void write(exchange_type& one) {
    if (!has_room())
      return one.fail({base::error_kind::overload, "the server does not read what is sent to it"});
    base::output_buffer& output = connection_.output();
    std::uint64_t const offset = connection_.written() + output.size();
    one.encode(output);
    reactor().arm(one, one.terms().deadline);
    ledger_.sent(one, offset, reactor().now());
    connection_.flush_later();
  }

  /// In one write for many, which is what makes pipelines cheap.
  void write_waiting() {
    while (pending_exchange* const one = ledger_.next_ahead()) write_if_in_time(typed(*one));
    if (!ledger_.refills()) return;
    while (pending_exchange* const one = ledger_.next_waiting(has_room())) write_if_in_time(typed(*one));
  }

  /// What has no time left is about to fail, unsent.
  void write_if_in_time(exchange_type& one) {
    if (one.terms().deadline > reactor().now()) return write(one);
    one.fail({base::error_kind::timeout, "no answer in time"});
  }

  bool has_room() { return connection_.output().size() <= options().output_max; }

  /// Whoever is in the ledger is one of ours.
  static exchange_type& typed(pending_exchange& one) { return static_cast<exchange_type&>(one); }

  void withdraw(exchange_type& one) { ledger_.withdraw(one); }

  /// Requests that waited together for a server that said nothing are one failure. What had but little time proves nothing, and
  /// who probes says so itself.
  void note_silence(exchange_type const& one) {
    base::time_point const now = reactor().now();
    if (one.terms().priority >= priority::probe || !ledger_.silent_since(one)) return;
    if (last_progress_ > ledger_.sent_at(one)) return;
    base::duration const usual = options().timeout;
    if (now - ledger_.sent_at(one) < usual / 2 || now - last_silence_ < usual) return;
    last_silence_ = now;
    watched_.heard(server_health::news::what::failed, reactor());
  }

  void timed_out(exchange_type& one) {
    note_silence(one);
    bool const mute = ledger_.expire(one, written(), reactor().now());
    one.fail({base::error_kind::timeout, "no answer in time"});
    if (mute) connection_.give_up({base::error_kind::timeout, "the server does not answer"});
  }

  /// Bytes that have left over the present connection, or the last one.
  std::uint64_t written() const { return codec_ ? connection_.written() : 0; }

  void on_connected() override {
    codec_.emplace(make_codec_());
    ledger_.connected();
    answered_ = false;
    progress_ = 0;
    if (!greet_) return open();
    greeter_ = greet_(*this);
    bool const done = greeter_.start([](void* self) { static_cast<pipeline*>(self)->greeted(); }, this);
    if (done) greeted();
  }

  void greeted() {
    std::optional<trouble> refused = greeter_.take();
    if (connection_.current() != state::ready) return;
    if (!refused) return open();
    connection_.turned_away(std::move(*refused));
  }

  void open() {
    ledger_.open();
    connection_.open();
    if (answered_) connection_.proved_alive();
    write_waiting();
  }

  void on_bytes() override {
    note_progress();
    // Nothing is written meanwhile, and what is read stands where it is as long as there is a connection.
    base::input_buffer& input = connection_.input();
    std::uint64_t const written = connection_.written();
    for (std::size_t replies = 0; connection_.current() == state::ready && !input.unread().empty();
         ++replies) {
      if (!ledger_.reply_due(written)) return unasked();
      // What they have made room for is sent before the rest is gone through, so that the server has something to do.
      if (replies >= replies_at_once && !overdue()) return connection_.leave_rest();
      switch (codec_->next(input)) {
        case base::parse_status::need_more: return;
        case base::parse_status::garbage:
          return connection_.give_up({base::error_kind::bad_reply, "the server broke its protocol"});
        case base::parse_status::complete: break;
      }
      deliver();
    }
  }

  void note_progress() {
    std::uint64_t const received = connection_.received();
    if (received - progress_ < progress_min) return;
    progress_ = received;
    last_progress_ = reactor().now();
  }

  /// Whether the next reply is for one that will have timed out before the rest is gone through. Only while one is due.
  bool overdue() {
    pending_exchange const* const one = ledger_.addressee();
    return one && one->terms().deadline <= reactor().now();
  }

  /// What is said to nobody in particular, before the handshake, is why nobody is let in.
  void unasked() {
    if (ledger_.is_open())
      return connection_.give_up({base::error_kind::bad_reply, "a reply that nothing asked for"});
    std::string_view const said = connection_.input().unread();
    std::string_view const line = said.substr(0, said.find_first_of("\r\n"));
    connection_.turned_away(
        {trouble_kind::bad_protocol, "it said \"" + base::printable(line) + "\" before it was asked"});
  }

  void deliver() {
    // A handshake that is answered may yet be refused, so that it proves nothing before it has succeeded.
    answered_ = true;
    if (ledger_.is_open()) {
      connection_.proved_alive();
      if (watched_.suspected()) watched_.heard(server_health::news::what::answered, reactor());
    }
    pending_exchange* const one = ledger_.addressee();
    one ? void(typed(*one).replies_.push_back(codec_->take())) : drop(codec_->take());
    if (!ledger_.replied(reactor().now())) return;
    if (one) typed(*one).finish();
    if (ledger_.settled()) retire();
    if (ledger_.refills()) write_waiting();
  }

  /// Nobody waits for it any more.
  static void drop(typename Codec::reply_type) {}

  void retire() {
    retired_ = true;
    connection_.give_up({base::error_kind::connection_lost, "connection made anew"});
  }

  /// What is resumed may submit again, for the next connection, and may destroy others that wait here.
  void on_disconnected(base::error const& reason) override {
    if (std::exchange(retired_, false)) {
      if (ledger_.ended_settled()) connection_.connect();
      return;
    }
    fail_all(reason);
  }

  void fail_all(base::error const& reason) {
    auto failing = ledger_.lost(written());
    // A connection that nobody used may end for any reason.
    using enum server_health::news::what;
    if (!connection_.failing()) {
      if (!failing.empty() && !replaced_) watched_.heard(failed, reactor());
    } else if (connection_.servers_fault()) {
      watched_.heard(unreachable, reactor());
    }
    while (pending_exchange* const one = ledger_.next_failed(failing)) typed(*one).fail(reason);
  }

  make_codec make_codec_;
  handshake greet_;
  watched_server& watched_;
  std::optional<Codec> codec_;
  bool retired_ = false;   // is being ended, with nothing owed
  bool replaced_ = false;  // is being ended by replace()
  bool answered_ = false;  // a reply came over this connection
  base::time_point last_silence_{};
  std::uint64_t progress_ = 0;  // bytes of this connection, then
  base::time_point last_progress_{};
  upstream_connection connection_;
  exchange_ledger ledger_;
  base::task<std::optional<trouble>> greeter_;
};

}  // namespace tandem::net
