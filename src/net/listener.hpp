// A listening socket of one worker. TCP listeners of several workers share an address by SO_REUSEPORT; a Unix
// socket is opened once and each worker accepts from its own duplicate of the descriptor.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/options.hpp"

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace tandem::net {

class reactor;

/// A listening descriptor, closed when it goes. Opened before the workers start, so that an address in use is
/// an error before anything is served.
class listening_socket {
 public:
  explicit listening_socket(int descriptor) : descriptor_(descriptor) {}
  listening_socket(listening_socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  listening_socket& operator=(listening_socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~listening_socket();

  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

/// Opens `where` for `workers` workers, one descriptor for each. A Unix socket's stale file is replaced; a
/// live one, like a TCP port that another process listens on, is an error that names the address, the
/// system's reason, and who has it.
base::result<std::vector<listening_socket>> listen_on(listener_options const& where, std::size_t workers);

/// Says that this process, or the system, has no descriptor left for a client: once a second, whoever has to say it.
void log_exhaustion(std::string_view who, std::string_view why, base::time_point now);

/// Accepts for one worker.
class listener {
 public:
  /// Gets each accepted, non-blocking descriptor.
  using accepted = std::function<void(int descriptor)>;

  listener(reactor& reactor, listening_socket socket, accepted take);
  ~listener();
  listener(listener&&) noexcept;

  void start();

  /// Accepts no more.
  void stop();

 private:
  struct acceptor;
  std::shared_ptr<acceptor> acceptor_;
};

}  // namespace tandem::net
