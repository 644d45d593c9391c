// What the configuration promises less than that every read is current, and the moments on which that depends.
#pragma once

#include <cstdint>
#include <string>

namespace tandem::consistency {

using moment = std::int64_t;  // microseconds, as in history.hpp

/// A time during which a process may have failed to reach an L1 server, as far as those know who cut the link.
struct outage {
  unsigned process = 0;
  unsigned server = 0;
  moment start = 0;
  moment end = 0;
};

/// A process was killed, without warning.
struct killing {
  unsigned process = 0;
  moment start = 0;
  moment end = 0;
};

/// A process had nothing left to replay.
struct calm {
  unsigned process = 0;
  moment when = 0;
};

/// Windows that the configuration opens, and nothing else does.
struct promises {
  /// A process that could not reach an L1 server replays the removals which that server missed. Until so long after the
  /// end of the outage, which is when it has done so, the other processes may be told there what was removed; that
  /// process itself may not.
  moment replay = 0;
  /// What was written past Tandem may stay unseen through Tandem so long: the rest of the time of L1's item, or
  /// what an invalidation takes on its way.
  moment unseen = 0;
  /// A write that was under way in a process that was killed may be in Redis, and not seen in L1 for so long: the time of
  /// L1's item.
  moment killed = 0;
};

/// What is promised, in words: a line each.
std::string in_words(promises const& promised);

}  // namespace tandem::consistency
