// How streams to servers are made. An upstream_connection says when, and gives an attempt up when it takes too long; a
// connector knows the way: over sockets (socket_connector.hpp), with something on top, or as a test's script says.
#pragma once

#include "net/options.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tandem::net {

class byte_stream;
class reactor;

class connector {
 public:
  /// Whose fault it is that there is no stream: our own, where the system has no more sockets or ports for this process.
  enum class fault : std::uint8_t { server, ours };

  /// Told once what came of an attempt, perhaps before start() has returned.
  class caller {
   public:
    virtual void on_stream(std::unique_ptr<byte_stream> made) = 0;
    virtual void on_no_stream(std::string why, fault whose) = 0;

   protected:
    ~caller() = default;
  };

  /// Called from its reactor's thread. Shared with what it has under way.
  class attempt {
   public:
    virtual ~attempt() = default;

    virtual void start(endpoint const& where) = 0;

    /// Whether it is the server's name that is waited for.
    virtual bool looking_up() const = 0;

    /// Ends it; its caller is told nothing from here on.
    virtual void abandon() = 0;

   protected:
    attempt() = default;
    attempt(attempt const&) = delete;
    attempt& operator=(attempt const&) = delete;
  };

  virtual ~connector() = default;

  virtual std::shared_ptr<attempt> make_attempt(reactor& on, caller& told) const = 0;
};

}  // namespace tandem::net
