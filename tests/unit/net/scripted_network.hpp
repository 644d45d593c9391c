// Servers without sockets, and time that passes only when the test says so: a connector whose streams a test writes to,
// reads, ends and breaks. Nothing happens but within settle() and let_pass().
#pragma once

#include "net/byte_stream.hpp"
#include "net/connector.hpp"
#include "net/reactor.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::test {

/// A reactor whose clock stands still. It is far ahead of the machine's, so that no timer of the system fires by itself.
class still_loop {
 public:
  net::reactor& reactor() { return reactor_; }
  base::time_point now() const { return clock_.now(); }

  /// Handles what is ready.
  void settle() { reactor_.context().poll(); }

  /// Fires what becomes due within `time`, and handles what comes of it.
  void let_pass(base::duration time) {
    settle();
    clock_.advance(time);
    alarm_.rung = false;
    reactor_.arm(alarm_, std::chrono::steady_clock::now() - std::chrono::hours(1));
    while (!alarm_.rung) reactor_.context().run_one();
    settle();
  }

 private:
  static base::manual_clock far_ahead() {
    base::manual_clock made;
    made.advance(std::chrono::hours(24 * 365 * 100));
    return made;
  }

  /// What was due long ago by any clock has the reactor look at its own.
  struct alarm final : base::timer {
    void on_deadline() override { rung = true; }
    bool rung = false;
  };

  base::manual_clock clock_ = far_ahead();
  net::reactor reactor_{clock_};
  alarm alarm_;
};

/// The server's end of one connection.
class scripted_peer {
 public:
  using waiter = std::shared_ptr<net::byte_stream::waiter>;

  /// What the client has sent.
  std::string const& heard() const { return heard_; }
  /// Whether the client has closed.
  bool gone() const { return gone_; }

  void say(std::string_view bytes) {
    said_ += bytes;
    tell(readable_, &net::byte_stream::waiter::on_readable);
  }
  /// Nothing more will be said.
  void end() {
    ended_ = true;
    tell(readable_, &net::byte_stream::waiter::on_readable);
  }
  void reset() {
    broken_ = true;
    tell(readable_, &net::byte_stream::waiter::on_readable);
    tell(writable_, &net::byte_stream::waiter::on_writable);
  }
  /// Takes no more than so many bytes from now on.
  void take_only(std::size_t bytes) {
    room_ = bytes;
    tell(writable_, &net::byte_stream::waiter::on_writable);
  }

 private:
  friend class scripted_stream;

  void tell(waiter& who, void (net::byte_stream::waiter::*what)()) {
    if (auto const told = std::exchange(who, nullptr)) (*told.*what)();
  }

  std::string said_;
  std::string heard_;
  std::size_t room_ = std::string::npos;
  bool ended_ = false;
  bool broken_ = false;
  bool gone_ = false;
  waiter readable_;
  waiter writable_;
};

/// The client's end.
class scripted_stream final : public net::byte_stream {
 public:
  scripted_stream(net::reactor& on, std::shared_ptr<scripted_peer> far)
      : reactor_(on), far_(std::move(far)) {}
  ~scripted_stream() override { close(); }

  transfer read(std::span<char> room) override {
    if (far_->broken_) return {0, condition::broken};
    std::size_t const count = std::min(room.size(), far_->said_.size());
    if (count == 0) return {0, far_->ended_ ? condition::ended : condition::would_block};
    far_->said_.copy(room.data(), count);
    far_->said_.erase(0, count);
    return {count};
  }

  transfer write(std::span<iovec const> pieces) override {
    if (far_->broken_) return {0, condition::broken};
    std::size_t taken = 0;
    for (iovec const& piece : pieces) {
      std::size_t const count = std::min(piece.iov_len, far_->room_);
      far_->heard_.append(static_cast<char const*>(piece.iov_base), count);
      if (far_->room_ != std::string::npos) far_->room_ -= count;
      taken += count;
    }
    return {taken};
  }

  void wait_readable(std::shared_ptr<waiter> told) override {
    if (far_->said_.empty() && !far_->ended_ && !far_->broken_) {
      far_->readable_ = std::move(told);
      return;
    }
    reactor_.post([told = std::move(told)] { told->on_readable(); });
  }
  void wait_writable(std::shared_ptr<waiter> told) override { far_->writable_ = std::move(told); }
  void end_output() override {}
  void close() override {
    far_->gone_ = true;
    far_->readable_ = far_->writable_ = nullptr;
  }
  std::size_t untaken() const override { return 0; }
  breakage why_broken() const override { return {"Connection reset by peer", false}; }

 private:
  net::reactor& reactor_;
  std::shared_ptr<scripted_peer> far_;
};

/// Where all connections lead. Must outlive them, but for those that are abandoned.
class scripted_network final : public net::connector {
 public:
  enum class manner : std::uint8_t { accepts, refuses, refuses_at_once, is_silent, has_no_sockets };

  manner how = manner::accepts;

  /// Of all connections that were ever made.
  std::size_t size() const { return peers_.size(); }
  scripted_peer& at(std::size_t index) { return *peers_.at(index); }
  scripted_peer& last() { return *peers_.back(); }

  std::shared_ptr<attempt> make_attempt(net::reactor& on, caller& told) const override {
    return std::make_shared<scripted_attempt>(*this, on, told);
  }

 private:
  class scripted_attempt final : public attempt, public std::enable_shared_from_this<scripted_attempt> {
   public:
    scripted_attempt(scripted_network const& within, net::reactor& on, caller& told)
        : network_(within), reactor_(on), caller_(&told) {}

    void start(net::endpoint const&) override {
      if (network_.how == manner::is_silent) return;
      if (network_.how == manner::refuses_at_once) return finish();
      reactor_.post([self = shared_from_this()] { self->finish(); });
    }
    bool looking_up() const override { return false; }
    void abandon() override { caller_ = nullptr; }

   private:
    void finish() {
      if (!caller_) return;
      caller& told = *std::exchange(caller_, nullptr);
      if (network_.how == manner::has_no_sockets)
        return told.on_no_stream("Too many open files", net::connector::fault::ours);
      if (network_.how != manner::accepts)
        return told.on_no_stream("Connection refused", net::connector::fault::server);
      network_.peers_.push_back(std::make_shared<scripted_peer>());
      told.on_stream(std::make_unique<scripted_stream>(reactor_, network_.peers_.back()));
    }

    scripted_network const& network_;
    net::reactor& reactor_;
    caller* caller_;
  };

  mutable std::deque<std::shared_ptr<scripted_peer>> peers_;
};

}  // namespace tandem::test
