// One connected byte stream, of a client or to a server, with a buffer on each side. Input is read when the
// stream is readable and handed to the owner; output is gathered and written once per batch of ready sockets.
//
// Order of calls: construct, start_reading(); after that the owner is called back on the reactor's thread.
// Once on_closed() was called, or close(), nothing more comes. The connection may be destroyed inside any
// callback.
#pragma once

#include "base/input_buffer.hpp"
#include "base/output_buffer.hpp"
#include "metrics/metric.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace tandem::net {

class byte_stream;
class reactor;

class connection {
 public:
  class owner {
   public:
    /// New bytes stand in input().
    virtual void on_input() = 0;
    /// The peer will send no more, but may still read what is written to it.
    virtual void on_end_of_input() = 0;
    /// Some output was written, or the peer takes no more for now: see congested().
    virtual void on_output() = 0;
    /// What is in output() is about to be written, and may be added to. Whether that is to be done now.
    virtual bool on_flush() { return true; }
    /// The connection broke. `reason` is the system's words.
    virtual void on_closed(std::string_view reason) = 0;

   protected:
    ~owner() = default;
  };

  /// Metrics that the bytes are counted in; they outlive the connection.
  struct traffic {
    metrics::counter& read_bytes;
    metrics::counter& written_bytes;
  };

  class line;  // the stream and what it waits for, which outlive a closed connection

  explicit connection(std::shared_ptr<line> connected);
  ~connection();
  connection(connection&&) noexcept;
  connection& operator=(connection&&) noexcept;

  /// Takes over a connected socket. One that cannot be watched gives a connection that is not open.
  static connection adopt(reactor& reactor, int descriptor, traffic traffic, owner& owner);

  /// The same for any stream; null gives a connection that is not open.
  static connection over(reactor& reactor, std::unique_ptr<byte_stream> stream, traffic traffic,
                         owner& owner);

  base::input_buffer& input();
  base::output_buffer& output();
  base::output_buffer const& output() const;

  void start_reading();
  void stop_reading();

  /// In on_input(): what is still in input() is to be handed over again when others have had their turn, and no more is read
  /// before.
  void leave_rest();

  /// Writes what is in output() when the present batch has been handled.
  void flush_later();

  /// Bytes since the connection was made.
  std::uint64_t received() const;
  std::uint64_t written() const;

  /// Whether output waits for the peer to take what was sent before.
  bool congested() const;
  /// Bytes that the peer's system has taken.
  std::uint64_t taken() const;

  /// Tells the peer that nothing more will be sent. Only when output() is empty.
  void end_output();

  /// See byte_stream.
  std::string peer() const;

  /// Of one that broke: nobody answers at the other end any more.
  bool peer_vanished() const;

  /// Closes at once; unwritten output is dropped.
  void close();
  bool open() const;

 private:
  std::shared_ptr<line> line_;
};

}  // namespace tandem::net
