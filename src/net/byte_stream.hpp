// A connected stream of bytes, as a connection needs it: reads and writes that never wait, and a call when it is worth
// trying again. What carries the bytes is the implementation's: a socket (socket_stream.hpp), something over one that
// encrypts, a test's script. Nothing here is called for each request, but for each batch of bytes.
//
// Order of calls: reads and writes as one likes; after would_block, the wait for it, of which there is one at a time for
// each. Once something is `broken`, or after close(), nothing else is called but why_broken() and the destructor.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace tandem::net {

class byte_stream {
 public:
  enum class condition : std::uint8_t {
    open,
    would_block,  // fewer bytes than asked for, or none: more only after waiting
    ended,        // of reading: the peer will send no more
    broken,       // why_broken()
  };

  struct transfer {
    std::size_t bytes = 0;
    condition then = condition::open;
  };

  /// Why a stream broke.
  struct breakage {
    std::string words;           // the system's
    bool peer_vanished = false;  // nobody answers at the other end any more
  };

  /// Whoever waits. It owns the stream as a rule, and lives at least until it is told, or the wait has ended with the stream.
  class waiter {
   public:
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;

   protected:
    ~waiter() = default;
  };

  virtual ~byte_stream() = default;

  /// What is there at present, as much as `room` takes. If it takes more than that, nothing is left but what
  /// wait_readable() tells of at once: a stream that has read ahead says so itself.
  virtual transfer read(std::span<char> room) = 0;

  /// In one gathered write. Fewer bytes than there are in `pieces` mean that one has to wait.
  virtual transfer write(std::span<iovec const> pieces) = 0;

  /// Tells `told` once, on the reactor's thread and not before this returns; not after close().
  virtual void wait_readable(std::shared_ptr<waiter> told) = 0;
  virtual void wait_writable(std::shared_ptr<waiter> told) = 0;

  /// Tells the peer that nothing more will be written.
  virtual void end_output() = 0;

  /// Ends the stream at once, both ways.
  virtual void close() = 0;

  /// Bytes that were written, and that the peer's system has not taken yet.
  virtual std::size_t untaken() const = 0;

  /// Of a stream that broke.
  virtual breakage why_broken() const = 0;

  /// The address at the other end, without a port; empty if it has none.
  virtual std::string peer() const { return {}; }

 protected:
  byte_stream() = default;
  byte_stream(byte_stream const&) = delete;
  byte_stream& operator=(byte_stream const&) = delete;
};

}  // namespace tandem::net
