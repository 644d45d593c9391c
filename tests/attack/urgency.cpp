#include "attack/urgency.hpp"

#include <sched.h>

namespace tandem::attack {

bool run_as(urgency what) {
  switch (what) {
    case urgency::first: {
      sched_param const low{.sched_priority = 1};
      return ::sched_setscheduler(0, SCHED_FIFO, &low) == 0;
    }
    case urgency::ordinary: {
      sched_param const none{};
      return ::sched_setscheduler(0, SCHED_OTHER, &none) == 0;
    }
    case urgency::last: {
      sched_param const none{};
      return ::sched_setscheduler(0, SCHED_BATCH, &none) == 0;
    }
  }
  return false;
}

}  // namespace tandem::attack
