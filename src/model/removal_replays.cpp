#include "model/removal_replays.hpp"

#include "base/sleep.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tandem::model {
namespace {

constexpr std::size_t replays_at_once = 64;
constexpr base::duration pause_min = std::chrono::milliseconds(10);
constexpr base::duration pause_max = std::chrono::seconds(1);
constexpr unsigned doublings_max = 7;

/// Twice as long after each pass in which nothing was done.
base::duration pause_after(unsigned failures) { return std::min(pause_min * (1U << failures), pause_max); }

}  // namespace

void removal_replays::begin() {
  if (!running_.full()) std::ignore = running_.start(run());
}

base::task<void> removal_replays::run() {
  unsigned failures = 0;
  while (missed_.any()) {
    co_await base::sleep_for(executor_, pause_after(failures));
    bool const any_done = co_await pass();
    failures = any_done ? 0 : std::min(failures + 1, doublings_max);
  }
}

/// Once through all that is due, in the order of keys. Whether any of it was done.
base::task<bool> removal_replays::pass() {
  by_.begin_pass();
  bool any_done = false;
  std::string after;
  for (;;) {
    std::vector<missed_removals::due> const batch = missed_.next(after, replays_at_once);
    if (batch.empty()) co_return any_done;
    bool const done = co_await replay_batch(batch);
    any_done |= done;
    if (!done && by_.fails_alike()) co_return any_done;
    after = batch.back().key;
    if (batch.size() < replays_at_once) co_return any_done;
    // What is refused at once is refused without leaving the thread to others.
    if (!done) co_await base::sleep_for(executor_, pause_min);
  }
}

base::task<bool> removal_replays::replay_batch(std::vector<missed_removals::due> batch) {
  std::vector<base::task<bool>> pending;
  for (missed_removals::due& each : batch) {
    missed_removals::claim claim = missed_.claimed(each);
    if (claim) pending.push_back(replay_one(std::move(each), std::move(claim)));
  }
  std::vector<bool> const done = co_await base::when_all<bool>(pending);
  co_return std::ranges::find(done, true) != done.end();
}

/// What is done does not wait for the others.
base::task<bool> removal_replays::replay_one(missed_removals::due what, missed_removals::claim claim) {
  bool const done = co_await by_.replay(std::move(what));
  if (done) claim.confirm();
  co_return done;
}

}  // namespace tandem::model
