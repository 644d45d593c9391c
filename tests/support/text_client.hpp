// A blocking connection that sends and expects bytes, for dialogues that no client library would hold:
// partial commands, pipelines, half-closed connections. Every wait has a time limit; one that passes, or a
// connection that closes while more is expected, throws with what had been received.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::test {

class text_client {
 public:
  /// Connects to 127.0.0.1; throws if nothing listens there.
  explicit text_client(std::uint16_t port);
  /// Connects to `host`, an IPv4 address.
  text_client(std::string const& host, std::uint16_t port);
  /// Connects to a Unix socket.
  explicit text_client(std::string const& socket_path);
  /// The other end of a connection, on a socket that was accepted.
  struct accepted {
    int fd;
  };
  explicit text_client(accepted socket) : fd_(socket.fd) {}
  ~text_client();
  text_client(text_client&& other) noexcept;
  text_client& operator=(text_client&& other) noexcept;

  void timeout(std::chrono::milliseconds limit) { timeout_ = limit; }
  /// Bytes that the kernel may hold for us unread; small ones make a client look slow sooner.
  void receive_buffer(int bytes) const;

  void send(std::string_view bytes);
  /// As much as can be sent within `limit`: the number of bytes.
  std::size_t send_some(std::string_view bytes, std::chrono::milliseconds limit);

  /// Up to and including the first `end`.
  std::string read_until(std::string_view end);
  /// A line, without its \r\n.
  std::string read_line();
  std::string read_exactly(std::size_t count);
  /// All that comes until the connection is closed.
  std::string read_to_close();
  /// What came up to and including `end`, or before the connection was closed or the time was over. Without
  /// an `end`, all that comes until the connection is closed.
  enum class ending : std::uint8_t { found, closed, silent };
  struct portion {
    std::string bytes;
    ending how = ending::found;
  };
  portion read_up_to(std::string_view end);
  /// Whether not a byte comes within `time`.
  [[nodiscard]] bool silent(std::chrono::milliseconds time);
  /// Whether the other side has closed, or closes within the time limit, without sending anything more.
  [[nodiscard]] bool closed();

  /// Sends `bytes` and gives the one line that answers, without its \r\n.
  std::string ask(std::string_view bytes);
  /// Sends `commands` followed by mn, and gives all that was answered before MN. "<closed>" is added where
  /// the connection was closed instead.
  std::string converse(std::string_view commands);

  /// No more will be sent; receiving goes on.
  void half_close() const;
  /// Breaks the connection off, so that the other side is told of a reset.
  void reset();

 private:
  enum class received : std::uint8_t { bytes, end, nothing };

  received receive(std::chrono::milliseconds limit);
  void require(std::string_view what);
  std::string take(std::size_t count);

  int fd_ = -1;
  std::chrono::milliseconds timeout_{5000};
  std::string buffer_;  // received and not yet read
};

/// Whether somebody listens on that port of 127.0.0.1.
[[nodiscard]] bool accepts(std::uint16_t port);

}  // namespace tandem::test
