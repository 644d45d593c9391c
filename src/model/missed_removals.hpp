// The removals that a route has not confirmed, which others stand behind or in for: L1 of a tiered backend, the first of a failover.
// Shared by all workers of the process on purpose: what one worker's connection could not remove, another's must not read. A
// mutex guards it, taken only while there are any. What follows is said of L1.
//
// A write that L2 failed without saying whether it will execute it is doubtful: it may come into effect late, after some
// reader has filled L1 with what was there before. Its key is remembered, too, and removed from L1 (again) when L2 answers
// again. Too many of these are let go: what L1 then holds lasts for l1_ttl at most.
//
// So is a flush that L2 failed in that way, of which L1 was flushed at once: it is flushed again when all of L2 answers again. What
// L2 has of all keys is still what it tells, and some of it may be away for long; therefore a flush that is no more than in
// doubt keeps nobody from reading L1, and single keys from being replayed. Where L1 has missed it, too, that is replayed first.
//
// From remember() until that is confirmed every read of the key goes to L2. Over the bound single keys are no longer told apart:
// everything goes to L2 until L1 was flushed. Any worker may replay any of it (removal_replays.hpp), one at a time of each key:
// who has waited for one removal may store the key next, and no other removal is to come after that.
//
// What this does not cover: it knows this process' removals only and ends with the process. Another Tandem that does
// reach that L1, or the next process, may read the item until it has expired: for l1_ttl at most.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::model {

class missed_removals {
 public:
  static constexpr std::size_t keys_max = 65'536;

  explicit missed_removals(std::size_t bound = keys_max) : bound_(bound) {}

  /// What is to be replayed. The version tells whether the same was missed again meanwhile.
  struct due {
    std::string key;  // empty: flush all of L1
    std::uint64_t version;
    bool doubtful;  // only once L2 (of a flush, all of it) has answered twice, and executed what came before
  };

  bool any() const { return any_.load(std::memory_order_acquire); }
  bool blocks(std::string_view key) const;

  /// What has to be replayed before the key may be read; none if it may.
  std::optional<due> blocking(std::string_view key) const;

  /// Whether it is known that L1 has not confirmed it: not of one that is in doubt alone.
  bool misses(std::string_view key) const;

  class claim;

  /// The right to replay it, or an empty claim: somebody else has that, or it is not due any more.
  claim claimed(due const& what);

  /// Whether one more key can be told apart, or this one is already.
  bool has_room_for(std::string_view key) const;

  void remember(std::string_view key);
  /// The same, but where there is no room nothing happens and false is the answer.
  bool remember_if_room(std::string_view key);
  /// Keys that are in doubt stay so.
  void remember_everything();
  void remember_doubtful(std::string_view key);
  void remember_everything_doubtful();

  /// L2 has executed that flush by now if it ever does, but L1 has not done it again.
  void count_as_missed(due const& flush);

  /// At most `count` of those after `after` in the order of keys, where a flush that is in doubt is the first; or the flush
  /// alone, if L1 has missed one.
  std::vector<due> next(std::string_view after, std::size_t count) const;

  /// Keys, for the metrics; the bound while everything is blocked.
  std::size_t size() const;

 private:
  struct entry {
    std::uint64_t version = 0;
    bool doubtful = false;      // it waits for L2's answers
    bool missed = true;         // L1 has not confirmed a removal, whether that is in doubt besides or not
    std::uint64_t claimed = 0;  // the version that somebody replays; 0: nobody does
  };

  bool any_blocks() const { return any_blocks_.load(std::memory_order_acquire); }
  bool misses_everything() const { return everything_ && everything_->missed; }
  void miss_everything();
  entry* find(due const& what);
  void give_back(due const& what, bool confirmed);
  void look();

  std::size_t const bound_;
  mutable std::mutex mutex_;
  std::map<std::string, entry, std::less<>> keys_;
  std::optional<entry> everything_;  // the flush that is due
  std::uint64_t version_ = 0;
  std::atomic<bool> any_{false};
  std::atomic<bool> any_blocks_{false};
};

/// The right to replay one of them, given back in the end.
class missed_removals::claim {
 public:
  claim() = default;
  claim(claim&& other) noexcept : of_(std::exchange(other.of_, nullptr)), what_(std::move(other.what_)) {}
  claim& operator=(claim other) noexcept {
    std::swap(of_, other.of_);
    std::swap(what_, other.what_);
    return *this;
  }
  ~claim() {
    if (of_) of_->give_back(what_, false);
  }

  explicit operator bool() const { return of_ != nullptr; }

  /// It is done, and is forgotten unless it was missed again since. Gives the claim back.
  void confirm() { std::exchange(of_, nullptr)->give_back(what_, true); }

 private:
  friend missed_removals;
  claim(missed_removals& of, due what) : of_(&of), what_(std::move(what)) {}

  missed_removals* of_ = nullptr;
  due what_ = {};
};

}  // namespace tandem::model
