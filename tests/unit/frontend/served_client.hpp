// A client with a session of its own, at the two ends of a socket pair.
#pragma once

#include "frontend/session.hpp"
#include "support/catch.hpp"
#include "unit/frontend/serving.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>
#include <utility>

namespace tandem::test {

/// A test's end of a connection, which never waits.
class far_socket {
 public:
  /// Gives the other end to somebody who takes it over.
  explicit far_socket(int& other) {
    std::array<int, 2> made{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, made.data()) == 0);
    descriptor_ = made[0];
    other = made[1];
  }
  ~far_socket() { close(); }
  far_socket(far_socket const&) = delete;
  far_socket& operator=(far_socket const&) = delete;

  void say(std::string_view bytes) {
    REQUIRE(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  void end_output() { ::shutdown(descriptor_, SHUT_WR); }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

  /// All that has come so far.
  std::string const& heard() {
    std::array<char, 65536> room;
    while (descriptor_ >= 0) {
      ssize_t const count = ::recv(descriptor_, room.data(), room.size(), 0);
      if (count == 0) closed_ = true;
      if (count <= 0) break;
      heard_.append(room.data(), static_cast<std::size_t>(count));
    }
    return heard_;
  }
  bool hears(std::string_view all) { return heard() == all; }
  /// Whether the other side sends no more.
  bool closed() {
    heard();
    return closed_;
  }

 private:
  int descriptor_ = -1;
  std::string heard_;
  bool closed_ = false;
};

class served_client final : frontend::session::owner {
 public:
  explicit served_client(serving& by, net::server_details told = net::server_details::full)
      : far(session_end_), by_(frontend::entrance::discovery::off, told) {
    frontend::session::owner& self = *this;
    session_.emplace(by.shared, by_, session_end_, self);
  }

  void drain() { session_->drain(); }
  void change_trees() { session_->change_trees(); }
  bool over() const { return over_; }

 private:
  void on_session_end(frontend::session&) override { over_ = true; }

  int session_end_ = -1;
  bool over_ = false;

 public:
  far_socket far;

 private:
  frontend::entrance by_;
  std::optional<frontend::session> session_;
};

}  // namespace tandem::test
