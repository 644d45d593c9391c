// Gives memory that clients and stores no longer hold back to the system. The C library keeps what lies between blocks that are
// in use, and a process that once held much would stay that large.
#pragma once

#include "metrics/registry.hpp"

#include <atomic>
#include <cstdint>
#include <functional>

namespace tandem::server {

class memory_trimmer {
 public:
  /// Less than this is not worth going through the heap for.
  static constexpr double excess_min = 16.0 * 1024 * 1024;
  static constexpr double short_excess_min = 4.0 * 1024 * 1024;
  /// What is free for so long is not about to be used again.
  static constexpr int looks_min = 3;

  struct heap {
    std::function<double()> resident;  // bytes in main memory
    std::function<double()> held;      // and those of them that are accounted for
    std::function<void()> trim;
  };

  explicit memory_trimmer(heap of) : heap_(std::move(of)), least_(slack()) {}

  /// To be called about once a second, on a thread that serves nobody. Trims when what is resident without being held has
  /// exceeded its least by excess_min, and by an eighth of what is resident, for looks_min calls; while memory is short, at once
  /// when it has by short_excess_min. What a trim leaves is the new least: it is in use, or cannot be given back.
  void look(bool memory_is_short = false);

  std::uint64_t trims() const { return trims_; }

 private:
  double slack() const { return heap_.resident() - heap_.held(); }

  heap heap_;
  double least_;
  int looks_ = 0;  // in a row with so much in excess
  std::atomic<std::uint64_t> trims_ = 0;
};

/// For what `registry` accounts for: buffers of clients and servers, and stores. Adds metrics of its own, and is to outlive
/// those who ask for them.
class process_trimmer {
 public:
  /// `limit`: limits.memory, in bytes.
  process_trimmer(metrics::registry& registry, std::size_t limit);

  /// Has large blocks come from the heap again where buffers take less than an eighth of the limit.
  void look();

 private:
  metrics::registry& registry_;
  double const plenty_;
  memory_trimmer trimmer_;
};

/// Bytes of this process in main memory; 0 where the system does not tell.
double resident_bytes();

}  // namespace tandem::server
