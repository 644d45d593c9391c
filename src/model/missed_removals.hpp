// The removals that a route has not confirmed, which others stand behind or in for: L1 of a tiered backend, the first of a failover.
// Shared by all workers of the process on purpose: what one worker's connection could not remove, another's must not read. A
// mutex guards it, taken only while there are any. What follows is said of L1.
//
// A write that L2 failed without saying whether it will execute it is doubtful: it may come into effect late, after some
// reader has filled L1 with what was there before. Its key is remembered, too, and removed from L1 (again) when L2 answers
// again. Too many of these are let go: what L1 then holds lasts for l1_ttl at most.
//
// From remember() until forget() every read of the key goes to L2. Over the bound single keys are no longer told apart:
// everything goes to L2 until L1 was flushed. Each worker replays what it remembered (near_side.hpp), and any worker
// may replay any of it, since removing twice is the same as once.
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
    bool doubtful;  // only once L2 has answered, twice: what it had received before it has executed by then
  };

  bool any() const { return any_.load(std::memory_order_acquire); }
  bool blocks(std::string_view key) const;

  /// What has to be replayed before the key may be read; none if it may.
  std::optional<due> blocking(std::string_view key) const;

  /// Whether it is known that L1 does not confirm it: not of one that is in doubt alone.
  bool misses(std::string_view key) const;

  /// Whether one more key can be told apart, or this one is already.
  bool has_room_for(std::string_view key) const;

  void remember(std::string_view key);
  /// The same, but where there is no room nothing happens and false is the answer.
  bool remember_if_room(std::string_view key);
  void remember_everything();
  void remember_doubtful(std::string_view key);

  /// At most `count` of those after `after` in the order of keys; or the flush alone, if one is due.
  std::vector<due> next(std::string_view after, std::size_t count) const;

  /// L1 has confirmed it. Nothing happens if it was missed again since.
  void forget(due const& replayed);

  /// Keys, for the metrics; the bound while everything is blocked.
  std::size_t size() const;

 private:
  struct entry {
    std::uint64_t version;
    bool doubtful;
  };

  void look();

  std::size_t const bound_;
  mutable std::mutex mutex_;
  std::map<std::string, entry, std::less<>> keys_;
  std::optional<std::uint64_t> everything_;  // version of the flush that is due
  std::uint64_t version_ = 0;
  std::atomic<bool> any_{false};
};

}  // namespace tandem::model
