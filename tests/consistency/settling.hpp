// When a write must show. Redis has it between its start and its end; through Tandem an older value may show
// until later where the promises say so.
#pragma once

#include "consistency/history.hpp"

#include <limits>

namespace tandem::consistency {

inline constexpr moment never = std::numeric_limits<moment>::max();

class settling {
 public:
  explicit settling(history const& whole) : whole_(whole) {}

  /// From this moment on, no reader that takes this way may be told what was there before.
  moment of(operation const& write, unsigned reader) const;
  /// The same for readers on any way through Tandem.
  moment of(operation const& write) const;

  /// For one that Tandem failed and that was read none the less, first at `seen`: by then it was executed, and as soon as
  /// its process has replayed what L1 may have missed, it counts as any other.
  moment of_failed(operation const& write, moment seen, unsigned reader) const;

 private:
  moment after_outages(operation const& write) const;

  history const& whole_;
};

/// Whether it took effect for certain.
bool definite(operation const& write);
/// The end of a write: never, if its outcome is unknown.
moment end_of(operation const& write);

}  // namespace tandem::consistency
