// Which worker serves a new client: the one that has fewest, whoever accepted it, so that a few connections that last
// are spread over all cores. Keeps limits.connections, too. Shared by the workers: touched when a connection opens or
// closes, never by a request.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <vector>

namespace tandem::frontend {

class connection_balance {
 public:
  /// Allows `connections_max` in all of `workers` together.
  connection_balance(std::size_t workers, std::size_t connections_max);

  /// The worker that is to serve a client which `accepting` has accepted; it counts as that worker's until left().
  /// Nothing if there are too many. The accepting worker keeps what nobody else has more room for.
  std::optional<std::size_t> place(std::size_t accepting);

  /// `count` clients of `worker` are gone.
  void left(std::size_t worker, std::size_t count = 1);

  /// Clients that `worker` has now.
  std::size_t connections(std::size_t worker) const;

 private:
  // Workers that place at the same moment may choose the same one, which is then a client ahead; nothing depends on it.
  std::vector<std::atomic<std::size_t>> by_worker_;
  std::atomic<std::size_t> all_{0};
  std::size_t connections_max_;
};

}  // namespace tandem::frontend
