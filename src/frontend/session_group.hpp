// The sessions of one worker: takes accepted connections in while the process has room for them, and ends
// them.
#pragma once

#include "frontend/session.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tandem::frontend {

class session_group final : private session::owner {
 public:
  /// `open_in_process` counts the connections of all workers: it is touched when one opens or closes, never
  /// by a request.
  session_group(service& shared, std::atomic<std::size_t>& open_in_process);
  ~session_group();

  /// Takes over a connected descriptor; above limits.connections the client is told so and hung up on.
  void accept(int descriptor);

  /// Lets every session answer what it has received; calls `drained` once, when none is left.
  void drain(std::function<void()> drained);

  /// Ends the sessions that are left, with whatever they still owe.
  void close_all();

  std::size_t size() const { return sessions_.size(); }

 private:
  void on_session_end(session& over) override;
  void bury();

  service& shared_;
  std::atomic<std::size_t>& open_in_process_;
  std::unordered_map<session*, std::unique_ptr<session>> sessions_;
  std::vector<std::unique_ptr<session>> over_;  // destroyed when the call that ended them has returned
  std::function<void()> drained_;
};

}  // namespace tandem::frontend
