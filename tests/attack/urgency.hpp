// What measures, and the servers that are asked, go before the attackers on the cores that they share, so that what the
// others wait is the daemon's doing. Needs the right to real-time priorities; without it the attackers only yield a little.
#pragma once

namespace tandem::attack {

/// The class of the calling thread, and of the processes that it starts.
enum class urgency { first, ordinary, last };

/// Whether the system allowed it.
bool run_as(urgency what);

}  // namespace tandem::attack
