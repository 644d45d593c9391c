// Judges a history. Pure: the same history gives the same verdict.
//
// A read is right if what it says was current at some moment between its start and its end. A write that
// overlaps the read, or whose outcome is unknown, may have taken effect or not: at any moment from its start on.
// All reads of a key must agree on one order of its writes, too: once two writes are done, no read that begins
// later may say that the one was the last, and another that the other was.
// register  a hit or a miss, judged as above; a cas that succeeded read the value that it replaced; an add read nothing or
//           something, by its answer, and so did a replace and a touch.
// counter   every read and every sum lies between what was acknowledged before and what was attempted.
// log       holds every acknowledged entry once, at its end, and none that was never made; what one read says is what
//           another one says, or a part of that which grew at both ends.
// end       what the onlooker reads through Tandem is what it then reads from Redis, whatever became of writes of
//           unknown outcome, if no process was killed in between.
//
// Where the configuration promises less, the history's `promises` say how much less, and nothing beyond is excused.
#pragma once

#include "consistency/history.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tandem::consistency {

struct violation {
  operation judged;
  std::string why;
  std::vector<operation> evidence;
};

struct verdict {
  std::vector<violation> violations;
  std::size_t reads = 0;    // that were judged
  std::size_t excused = 0;  // of those, right only because of `promises`
};

verdict judged(history const& whole);

/// The violation in words, with what led to it.
std::string explained(violation const& found);

}  // namespace tandem::consistency
