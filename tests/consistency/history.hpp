// What the clients of a run did, as they saw it: one entry per key of a command, on one monotonic clock. A recorder
// collects from many threads; a history is what the checker judges, and a line of the file that is kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tandem::consistency {

using moment = std::int64_t;  // microseconds since the run began

constexpr moment never = std::numeric_limits<moment>::max();

enum class kind : std::uint8_t { read, write, remove, add_to };
/// done: acknowledged. unchanged: answered that nothing was done. unknown: an error or a time-out.
enum class outcome : std::uint8_t { done, unchanged, unknown };

struct operation {
  unsigned client = 0;
  std::string key = {};
  kind what = kind::read;
  std::optional<std::string> value =
      {};                   // read: what was answered, nothing on a miss; write: what was written
  std::int64_t amount = 0;  // add_to: what is added, negative where it is taken away
  outcome how = outcome::done;
  moment start = 0;
  moment end = 0;
};

std::string to_line(operation const& from);

class recorder {
 public:
  moment now() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began_)
        .count();
  }
  void add(operation done);
  std::vector<operation> history() const;

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  std::vector<operation> history_;
};

}  // namespace tandem::consistency
