// The bytes that the store may hold, shared by all stripes, and a claim on some of them. Bytes are claimed
// before they are allocated, so the bound holds at every moment, whatever the threads do.
#pragma once

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstddef>

namespace tandem::backend::memory {

class budget {
 public:
  explicit budget(std::size_t limit) : limit_(limit) {}

  /// Takes all of `bytes`, or nothing and returns false.
  bool take(std::size_t bytes) {
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (used > limit_ || bytes > limit_ - used) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return true;
  }

  void give(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  std::size_t limit() const { return limit_; }

 private:
  std::size_t const limit_;
  std::atomic<std::size_t> used_{0};
};

/// Bytes of the budget that one operation has claimed and not yet spent. What is left goes back.
class reservation {
 public:
  explicit reservation(memory::budget& from) : budget_(from) {}
  reservation(reservation const&) = delete;
  reservation& operator=(reservation const&) = delete;
  ~reservation() { release(); }

  /// Claims what is missing to hold `bytes`; false if the budget has too little left.
  bool grow_to(std::size_t bytes) {
    if (held_ >= bytes) return true;
    if (!budget_.take(bytes - held_)) return false;
    held_ = bytes;
    return true;
  }

  /// Takes over bytes that were freed on behalf of this operation, so that no other thread gets them first.
  void absorb(std::size_t bytes) { held_ += bytes; }

  /// The bytes now belong to an allocation, which gives them back when it is freed.
  void spend(std::size_t bytes) {
    assert(bytes <= held_);
    held_ -= bytes;
  }

  void release() {
    if (held_ != 0) budget_.give(held_);
    held_ = 0;
  }

 private:
  memory::budget& budget_;
  std::size_t held_ = 0;
};

}  // namespace tandem::backend::memory
