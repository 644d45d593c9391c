// The sessions of one worker: takes connections in and ends them.
#pragma once

#include "frontend/address_limit.hpp"
#include "frontend/connection_balance.hpp"
#include "frontend/session.hpp"

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tandem::frontend {

class session_group final : private session::owner {
 public:
  /// `balance` is told of the connections of `worker` that have ended.
  session_group(service& shared, connection_balance& balance, std::size_t worker);
  ~session_group();

  /// Takes over a connected descriptor, which `balance` has counted, of a client that came in `by` a listener; hangs up
  /// on it when drained. It has `among_its_own`, if those of its address are counted.
  void accept(int descriptor, entrance const& by, address_limit::place among_its_own = {});

  /// Tells the client of a limit and hangs up on it.
  enum class too_many : std::uint8_t { connections, of_its_address };
  void refuse(int descriptor, too_many why = too_many::connections);

  /// Lets every session answer what it has received; calls `drained` once, when none is left.
  void drain(std::function<void()> drained);

  /// The service has another tree: whoever has nothing under way in the old one leaves it now, the others when they can.
  void change_trees();

  /// Ends the sessions that are left, with whatever they still owe.
  void close_all();

  std::size_t size() const { return sessions_.size(); }

 private:
  void on_session_end(session& over) override;
  void bury();

  service& shared_;
  connection_balance& balance_;
  std::size_t const worker_;
  bool draining_ = false;
  std::unordered_map<session*, std::unique_ptr<session>> sessions_;
  std::unordered_map<session*, address_limit::place> places_;  // of those that are counted by address
  std::vector<std::unique_ptr<session>> over_;  // destroyed when the call that ended them has returned
  std::function<void()> drained_;
};

}  // namespace tandem::frontend
