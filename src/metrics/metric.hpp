// Counters, gauges and histograms with one writer each: the worker that owns them. Counting is a plain load
// and store, no locked instruction and no cache line shared with another writer; a scrape reads from another
// thread and sees each value whole, if a moment old.
#pragma once

#include "base/clock.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tandem::metrics {

class counter {
 public:
  void add(std::uint64_t count = 1) { value_.store(value() + count, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class gauge {
 public:
  void add(std::int64_t change) { set(value() + change); }
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Latencies in fixed buckets; the last one has no upper bound.
class histogram {
 public:
  /// Upper bounds in microseconds.
  static constexpr std::array<std::uint32_t, 15> bounds_us{50,      100,     200,     500,       1'000,
                                                           2'000,   5'000,   10'000,  20'000,    50'000,
                                                           100'000, 200'000, 500'000, 1'000'000, 5'000'000};

  void observe(base::duration latency);

  std::uint64_t bucket(std::size_t index) const { return buckets_[index].value(); }
  std::uint64_t sum_ns() const { return sum_ns_.value(); }

 private:
  std::array<counter, bounds_us.size() + 1> buckets_;
  counter sum_ns_;
};

}  // namespace tandem::metrics
