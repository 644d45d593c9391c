// What a process has used, from /proc: processor time to the nanosecond of all threads that live (schedstat; stat
// only counts ticks), and memory.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace tandem::bench {

struct process_account {
  std::uint64_t cpu_ns = 0;
  std::uint64_t resident_kib = 0;
  std::uint64_t peak_kib = 0;  // since it started
};

/// Throws std::runtime_error if there is no such process.
process_account account_of(pid_t process);

}  // namespace tandem::bench
