// All exchanges with one server over one connection, answered in the order in which they were written.
//
// A codec, one per connection, says where replies end:
//   struct codec { using reply_type = ...; base::parse_status next(base::input_buffer&, reply_type&); };
// Requests wait while the connection is made, and while as many are under way as the server can do with; then clients take
// turns. They are refused at once while the server is known to be down. An
// exchange that timed out leaves a tombstone that swallows its late reply. Garbage, a reply that nobody waits
// for, or too many tombstones end the connection: the exchanges on it fail, each told whether it had been
// sent.
#pragma once

#include "base/parse_status.hpp"
#include "base/printable.hpp"
#include "base/task.hpp"
#include "net/exchange.hpp"
#include "net/exchange_queue.hpp"
#include "net/fair_queue.hpp"
#include "net/flight_window.hpp"
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
  watched_server watched;
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
        connection_(reactor, std::move(options.where), options.upstream, options.watched,
                    std::move(options.pause), *this, options.through) {}

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
    terms.when = turn::greeting;
    return {*this, terms, std::move(encode)};
  }

  endpoint const& where() const { return connection_.where(); }
  upstream_options const& options() const { return connection_.options(); }
  net::reactor& reactor() { return connection_.reactor(); }

  /// Whether the last attempt to connect failed, the handshake included, and no other has succeeded since.
  bool down() const { return connection_.failing(); }

  /// The number of the present connection, another for each; 0 while none is open. What is sent while it is open
  /// goes over it or fails, renew() apart.
  std::uint32_t generation() const { return open_ ? generation_ : 0; }

  /// Whether no exchange is under way.
  bool quiet() const { return sent_.size() == tombstones_ && waiting_.empty() && ahead_.empty(); }

  /// Ends the connection because a reply, though well-formed, made no sense.
  void give_up(std::string message) {
    connection_.give_up({base::error_kind::bad_reply, std::move(message)});
  }

  /// Has everything that is not sent yet go over a new connection, for which the name is asked again; what was sent is
  /// answered over the present one before that ends. False if no connection is open, or this one is to end already.
  bool renew() {
    if (!open_) return false;
    open_ = false;
    retiring_ = true;
    if (sent_.empty()) retire();
    return true;
  }

 private:
  friend exchange_type;
  using state = upstream_connection::state;

  struct entry {
    exchange_type* waiting;  // none: timed out or withdrawn
    std::uint32_t replies_left;
    bool in_window;
    std::uint64_t offset;  // of the request's first byte in the connection's output
    base::time_point written;
  };

  void submit(exchange_type& one) {
    if (one.terms_.deadline <= reactor().now())
      return one.fail({base::error_kind::timeout, "no time left"}, false);
    if (one.terms_.when == turn::greeting) return write_greeting(one);
    if (down()) return one.fail(connection_.last_failure(), false);
    if (sent_.size() + ahead_size_ + waiting_.size() >= options().pending_max) {
      return one.fail({base::error_kind::overload, "too many requests are waiting for the server"}, false);
    }
    bool const ahead = one.terms_.when == turn::ahead || one.client() == no_client;
    if (open_ && ahead) return write(one, false);
    if (open_ && waiting_.empty() && !window_.full(under_way_)) return write(one, true);
    if (open_ && waiting_.passes(one.client())) return write(one, false);
    wait(one, ahead);
  }

  void wait(exchange_type& one, bool ahead) {
    reactor().arm(one, one.terms_.deadline);
    connection_.figures().pending.add(1);
    if (ahead) {
      one.place_ = exchange_type::place::ahead;
      ahead_.push_back(one);
      ++ahead_size_;
    } else {
      one.place_ = exchange_type::place::waiting;
      waiting_.push(one);
    }
    open_ ? connection_.figures().held_back.add() : connection_.connect();
  }

  void write_greeting(exchange_type& one) {
    if (connection_.current() == state::ready) return write(one, true);
    one.fail(connection_.last_failure(), false);
  }

  /// One that goes before those that wait takes no place in the window.
  void write(exchange_type& one, bool in_window) {
    base::output_buffer& output = connection_.output();
    if (!has_room()) {
      return one.fail({base::error_kind::overload, "the server does not read what is sent to it"}, false);
    }
    base::time_point const now = reactor().now();
    if (sent_.empty()) busy_since_ = now;
    std::uint64_t const offset = connection_.written() + output.size();
    one.encode(output);
    reactor().arm(one, one.terms_.deadline);
    one.place_ = exchange_type::place::sent;
    one.position_ = sent_.push({&one, one.terms_.replies, in_window, offset, now});
    under_way_ += in_window;
    connection_.figures().pending.add(1);
    connection_.flush_later();
  }

  /// In one write for many, which is what makes pipelines cheap. What has no time left is about to fail, unsent.
  void write_waiting() {
    while (open_ && !ahead_.empty()) {
      exchange_type& first = ahead_.front();
      ahead_.pop_front();
      --ahead_size_;
      write_if_in_time(first, false);
    }
    if (waiting_.empty() || !window_.low(under_way_)) return;
    while (open_ && !waiting_.empty() && !window_.full(under_way_) && has_room()) {
      write_if_in_time(waiting_.pop(), true);
    }
    if (waiting_.empty()) waiting_.begin_anew();
  }

  void write_if_in_time(exchange_type& one, bool in_window) {
    connection_.figures().pending.add(-1);
    if (one.terms_.deadline <= reactor().now())
      return one.fail({base::error_kind::timeout, "no answer in time"}, false);
    write(one, in_window);
  }

  bool has_room() { return connection_.output().size() <= options().output_max; }

  void withdraw(exchange_type& one) {
    using place = typename exchange_type::place;
    if (one.place_ == place::waiting) waiting_.erase(one);
    if (one.place_ == place::ahead) --ahead_size_;
    if (one.place_ == place::ahead || one.place_ == place::failing) one.fair_queue_hook::unlink();
    if (one.place_ == place::sent) {
      sent_.at(one.position_).waiting = nullptr;
      ++tombstones_;
    }
    if (one.place_ != place::nowhere) connection_.figures().pending.add(-1);
    one.place_ = place::nowhere;
  }

  void timed_out(exchange_type& one) {
    bool const was_sent = one.place_ == exchange_type::place::sent;
    bool const executed = was_sent && sent_.at(one.position_).offset < connection_.written();
    withdraw(one);
    auto const silence = reactor().now() - std::max(last_reply_, busy_since_);
    // Whoever waits to be written waits for the answers that are still due, be it that the connection is to end first.
    bool const concerned = was_sent || retiring_ || (open_ && !sent_.empty());
    bool const mute =
        concerned && (tombstones_ > options().late_replies_max || silence > options().silence_max());
    one.fail({base::error_kind::timeout, "no answer in time"}, executed);
    if (mute) connection_.give_up({base::error_kind::timeout, "the server does not answer"});
  }

  void on_connected() override {
    codec_.emplace(make_codec_());
    if (++generation_ == 0) ++generation_;
    answered_ = false;
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
    open_ = true;
    connection_.open();
    if (answered_) connection_.proved_alive();
    window_.begin_anew();
    write_waiting();
  }

  void on_bytes() override {
    while (connection_.current() == state::ready && !connection_.input().unread().empty()) {
      // A request that still stands in the output buffer cannot have been answered.
      if (sent_.empty() || sent_.front().offset >= connection_.written()) return unasked();
      typename Codec::reply_type reply{};
      switch (codec_->next(connection_.input(), reply)) {
        case base::parse_status::need_more: return;
        case base::parse_status::garbage:
          return connection_.give_up({base::error_kind::bad_reply, "the server broke its protocol"});
        case base::parse_status::complete: break;
      }
      deliver(std::move(reply));
    }
  }

  /// What is said to nobody in particular, before the handshake, is why nobody is let in.
  void unasked() {
    if (open_) return connection_.give_up({base::error_kind::bad_reply, "a reply that nothing asked for"});
    std::string_view const said = connection_.input().unread();
    std::string_view const line = said.substr(0, said.find_first_of("\r\n"));
    connection_.turned_away(
        {trouble_kind::bad_protocol, "it said \"" + base::printable(line) + "\" before it was asked"});
  }

  void deliver(typename Codec::reply_type&& reply) {
    // A handshake that is answered may yet be refused, so that it proves nothing before it has succeeded.
    answered_ = true;
    last_reply_ = reactor().now();
    if (open_) connection_.proved_alive();
    entry& first = sent_.front();
    exchange_type* const one = first.waiting;
    if (one) one->replies_.push_back(std::move(reply));
    if (--first.replies_left > 0) return;
    window_.answered(first.written, last_reply_, under_way_, !waiting_.empty());
    under_way_ -= first.in_window;
    sent_.pop();
    if (one) {
      connection_.figures().pending.add(-1);
      one->finish();
    } else {
      --tombstones_;
      connection_.figures().late_replies.add();
    }
    if (retiring_ && sent_.empty()) retire();
    if (!waiting_.empty()) write_waiting();
  }

  void retire() {
    retired_ = true;
    connection_.give_up({base::error_kind::connection_lost, "connection made anew"});
  }

  void on_disconnected(base::error const& reason) override {
    open_ = retiring_ = false;
    if (!std::exchange(retired_, false)) return fail_all(reason);
    if (!waiting_.empty() || !ahead_.empty()) connection_.connect();
  }

  /// Fails everything there is now. What is resumed may submit again, for the next connection, and may destroy
  /// others that wait here.
  void fail_all(base::error const& reason) {
    std::uint64_t const written = codec_ ? connection_.written() : 0;
    std::uint64_t const sent_end = sent_.next_position();
    auto failing = waiting_.take_all();
    failing.splice(failing.begin(), ahead_);
    ahead_size_ = 0;
    for (exchange_type& each : failing) each.place_ = exchange_type::place::failing;
    while (sent_.first_position() < sent_end) {
      entry const first = sent_.front();
      under_way_ -= first.in_window;
      sent_.pop();
      if (first.waiting) {
        fail_one(*first.waiting, reason, first.offset < written);
      } else {
        --tombstones_;
      }
    }
    while (!failing.empty()) {
      exchange_type& one = failing.front();
      failing.pop_front();
      fail_one(one, reason, false);
    }
  }

  void fail_one(exchange_type& one, base::error const& reason, bool sent) {
    connection_.figures().pending.add(-1);
    one.fail(reason, sent);
  }

  make_codec make_codec_;
  handshake greet_;
  std::optional<Codec> codec_;
  bool open_ = false;      // connected, and the handshake is done
  bool retiring_ = false;  // no longer open: renew()
  bool retired_ = false;   // is being ended, with nothing owed
  bool answered_ = false;  // a reply came over this connection
  std::uint32_t generation_ = 0;
  std::size_t tombstones_ = 0;
  base::time_point last_reply_{};
  base::time_point busy_since_{};  // when the first of the exchanges in sent_ was written
  exchange_queue<entry> sent_;
  fair_queue<exchange_type> waiting_;
  typename fair_queue<exchange_type>::items ahead_;  // before those that wait for their turn
  std::size_t ahead_size_ = 0;
  flight_window window_;
  std::size_t under_way_ = 0;  // of those in sent_ that are in the window
  upstream_connection connection_;
  base::task<std::optional<trouble>> greeter_;
};

}  // namespace tandem::net
