// Judges a history without any I/O. A read is right if what it answered was current at some moment between its start
// and its end. A value is current from the start of its write at the earliest, until the end of the first acknowledged
// write or removal that began after that write had ended; a write whose outcome is unknown may take effect at any time
// from its start on, and replaces nothing for certain. Written values are unique. Every key begins absent.
//
// Windows: a change that overlaps a fault of L1 may not have reached L1, so it counts as ended only when the removal
// was replayed, which is `replay` after the fault's end, and at most `l1_ttl` after its own end.
#pragma once

#include "consistency/history.hpp"

#include <map>
#include <string>
#include <vector>

namespace tandem::consistency {

struct fault {
  moment start = 0;
  moment end = 0;
};

struct promise {
  std::vector<fault> faults = {};
  moment replay = 0;
  moment l1_ttl = 0;
};

struct violation {
  operation read;
  std::string why;
};

/// The keys of `counters` begin with the number given, are only read and added to, and never go below zero: every
/// reading, so also one after the end, lies between what was acknowledged before and what was attempted by then.
std::vector<violation> check(std::vector<operation> const& history, promise const& windows,
                             std::map<std::string, std::int64_t> const& counters);

}  // namespace tandem::consistency
