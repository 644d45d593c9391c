// How many there may be of something that several threads have: each thread counts its own part of it, which takes from what is
// left in blocks and gives back in blocks, so that what counts touches nothing that others write.
//
// has_room() never lets more in than the limit. It may refuse a little early: each part keeps up to two blocks that it does not
// use, a block being a thousandth of the limit. Of a small limit, of which many parts would keep all so, none keeps anything.
//
// Order of calls: has_room(), then take() if that is so, or anyway where it cannot be refused; give_back() for each that was taken.
// The limit outlives its parts; each part belongs to one thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace tandem::policy {

class shared_limit {
 public:
  class part;

  explicit shared_limit(std::size_t most)
      : most_(static_cast<std::int64_t>(most)),
        block_(std::clamp<std::int64_t>(most_ / 1024, 1, 64)),
        kept_(most_ < small_limit ? 0 : block_),
        left_(most_) {}

  std::size_t most() const { return static_cast<std::size_t>(most_); }

  /// By all parts, with what they keep unused.
  std::size_t taken() const {
    return static_cast<std::size_t>(std::max<std::int64_t>(most_ - left_.load(std::memory_order_relaxed), 0));
  }

 private:
  static constexpr std::int64_t small_limit = 4096;

  std::int64_t const most_;
  std::int64_t const block_;
  std::int64_t const kept_;         // of what a part gives back, at least; twice as much at most
  std::atomic<std::int64_t> left_;  // granted to no part; below 0 where something could not be refused
};

class shared_limit::part {
 public:
  explicit part(shared_limit& of) : of_(of) {}
  ~part() {
    give_back_all();
    of_.left_.fetch_add(granted_, std::memory_order_relaxed);
  }
  part(part const&) = delete;
  part& operator=(part const&) = delete;

  /// Whether one more is within the limit.
  bool has_room() { return used_ < granted_ || grow(); }

  void take() {
    if (used_ >= granted_ && !grow()) [[unlikely]]
      overdraw();
    ++used_;
  }

  void give_back(std::int64_t count = 1) {
    assert(count <= used_);
    if (used_ > granted_) [[unlikely]]
      repay(std::min(count, used_ - granted_));
    used_ -= count;
    if (granted_ - used_ > 2 * of_.kept_) shrink();
  }

  void give_back_all() { give_back(used_); }

  std::size_t used() const { return static_cast<std::size_t>(used_); }
  std::size_t most() const { return of_.most(); }

  /// Whether whoever has `own` of them waits for one of them to end, rather than have more. While less than a quarter is taken,
  /// everybody may have `each_max`; then ever fewer, down to one when half is taken. So those who have many leave half to those
  /// who have none, however many they are. (As in Choudhury and Hahne's buffers that ports share, "Dynamic Queue Length
  /// Thresholds", what one may have follows what is left.)
  bool is_too_much(std::size_t own, std::size_t each_max) const {
    std::int64_t const quarter = of_.most_ / 4;
    std::int64_t const spare = left() - 2 * quarter;
    if (spare >= quarter) return own >= each_max;
    return own > 0 && static_cast<std::int64_t>(own) * quarter >= static_cast<std::int64_t>(each_max) * spare;
  }

 private:
  std::int64_t left() const {
    return of_.left_.load(std::memory_order_relaxed) + std::max<std::int64_t>(granted_ - used_, 0);
  }

  bool grow() {
    std::int64_t left = of_.left_.load(std::memory_order_relaxed);
    while (left > 0) {
      std::int64_t const got = std::min(left, of_.block_);
      if (!of_.left_.compare_exchange_weak(left, left - got, std::memory_order_relaxed)) continue;
      granted_ = std::max(granted_, used_) + got;  // what was overdrawn was taken from what is left then
      return true;
    }
    return false;
  }

  /// Beyond the limit: it is not granted, but nobody else gets it either.
  void overdraw() { of_.left_.fetch_sub(1, std::memory_order_relaxed); }
  void repay(std::int64_t count) { of_.left_.fetch_add(count, std::memory_order_relaxed); }

  void shrink() {
    std::int64_t const unused = granted_ - used_ - of_.kept_;
    granted_ -= unused;
    of_.left_.fetch_add(unused, std::memory_order_relaxed);
  }

  shared_limit& of_;
  std::int64_t used_ = 0;
  std::int64_t granted_ = 0;  // by the limit, used or not
};

}  // namespace tandem::policy
