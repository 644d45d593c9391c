// One connection of the load generator: the bytes still to be sent, the requests whose replies are due, in their
// order, and what was received and is not a whole reply yet. The loop that owns it tells it when its socket is ready.
#pragma once

#include "bench/dialect.hpp"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace tandem::bench {

class client {
 public:
  /// Connects, waiting for it; the socket does not block thereafter. Throws std::system_error.
  explicit client(std::string const& address);
  ~client();
  client(client const&) = delete;
  client& operator=(client const&) = delete;

  int socket() const { return socket_; }
  std::size_t in_flight() const { return pending_.size(); }
  bool sending() const { return sent_ < output_.size(); }

  /// Adds a request to what flush() sends.
  void ask(dialect const& words, request const& asked) {
    words.write(asked, output_);
    pending_.push_back(asked);
  }

  /// Sends what the socket takes.
  void flush();

  /// Reads once what the socket has, and calls `answered` for each request whose whole reply is there. Throws wrong_reply,
  /// and std::runtime_error when the connection has ended.
  void receive(dialect const& words, std::function<void(request const&)> const& answered);

  /// Waits for the reply of every request.
  void await_replies(dialect const& words);

  /// Sends `bytes` over and over as the socket takes them, and reads nothing; the number of bytes taken.
  std::size_t babble(std::string_view bytes);

  /// Asks the kernel for a receive buffer of the least size, and to forget the connection at once when it is closed.
  void receive_little() const;
  void close_by_reset() const;

 private:
  std::size_t read_some();

  int socket_ = -1;
  std::string output_;
  std::size_t sent_ = 0;
  std::vector<char> input_;
  std::size_t begin_ = 0;  // of what is received and not yet read, up to end_
  std::size_t end_ = 0;
  std::deque<request> pending_;
};

}  // namespace tandem::bench
