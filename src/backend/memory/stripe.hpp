// One of the independent parts of the store: a hash table and three segments of items under one lock. The
// store owns the stripes; every call but lock() is made with the lock held. Nobody locks two stripes at once.
//
// Eviction is memcached's segmented LRU (its doc/new_lru.txt). New items enter HOT. What leaves HOT or WARM
// at the tail goes to COLD, unless it was used at least twice meanwhile: then it goes (back) to WARM. Items
// are evicted from COLD. A hit sets a mark and moves nothing; a scan passes through HOT and COLD and leaves
// WARM alone.
#pragma once

#include "backend/memory/budget.hpp"
#include "backend/memory/item.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/unordered_set.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string_view>

namespace tandem::backend::memory {

/// The time, and how many flushes there have been: items from before the last are as good as gone.
struct moment {
  std::int64_t now_ms;  // monotonic
  std::uint32_t flushes;

  std::uint32_t seconds() const { return static_cast<std::uint32_t>(now_ms / 1000); }
  /// Another thread may have been here since, with a later time.
  std::uint32_t idle_seconds(item const& which) const {
    return seconds() - std::min(seconds(), which.accessed_s);
  }
  /// Rounded up.
  std::int64_t seconds_until(std::int64_t time_ms) const { return (time_ms - now_ms + 999) / 1000; }
  /// Of the item's time to live; -1 for one that never expires.
  std::int64_t seconds_left(item const& which) const {
    return which.expires_ms == 0 ? -1 : seconds_until(which.expires_ms);
  }
  bool expired(item const& which) const { return which.expires_ms != 0 && which.expires_ms <= now_ms; }
  /// Another thread may have stored it after a flush that is news here. The count may wrap.
  bool flushed(item const& which) const { return static_cast<std::int32_t>(which.flushes - flushes) < 0; }
  bool dead(item const& which) const { return flushed(which) || expired(which); }
};

struct stripe_counts {
  std::size_t items = 0;
  std::uint64_t evictions = 0;
  std::uint64_t expirations = 0;
};

class stripe {
 public:
  /// Bytes outside the items that an empty stripe takes.
  static std::size_t fixed_bytes();

  /// `share` is the stripe's even part of the budget. The stripe may hold more or less of it.
  stripe(memory::budget& budget, std::size_t share);
  ~stripe();

  [[nodiscard]] std::unique_lock<std::mutex> lock() const { return std::unique_lock(mutex_); }

  /// The item, or null. A dead one is removed on the way.
  item* find(std::string_view key, std::uint64_t hash, moment now);

  /// Gathers `bytes` for the item with `hash`, which itself is spared, from the budget or by evicting here.
  /// False if other stripes should give instead: this one holds less than its share, or the item is large.
  bool make_room(reservation& room, std::size_t bytes, std::uint64_t hash, moment now);

  /// Evicts at least `bytes` if the stripe holds more than `floor`; returns how many. Spares `hash`.
  std::size_t evict(reservation& room, std::size_t bytes, std::size_t floor, std::uint64_t hash, moment now);

  /// An item for `key` in the place of `old` (which may be null), paid for from `room`. Its value is garbage.
  item* renew(item* old, std::string_view key, std::uint64_t hash, std::size_t value_size, reservation& room);

  /// The same item with room for a longer value; the old value stays in front.
  item* enlarge(item* old, std::size_t value_size, reservation& room);

  void erase(item* which);
  void expire_at(item* which, std::int64_t expires_ms);
  void note_use(item* which) {
    which->uses = which->uses < 2 ? static_cast<std::uint8_t>(which->uses + 1) : 2;
  }

  /// A get or a touch has found it. As in memcached, the first only leaves a mark, and the time of the last access
  /// is noted when the item becomes active.
  void note_fetch(item* which, moment now) {
    if (which->fetched && which->uses < 2) which->accessed_s = now.seconds();
    which->fetched = true;
    note_use(which);
  }

  /// Visits up to `items_max` items from where the last sweep ended and removes the dead ones, unless there
  /// can be none. Takes what it visited off `items_max`; returns how many it removed.
  std::size_t sweep(std::size_t& items_max, moment now);

  /// Removes the items whose key begins with `prefix`, from `bucket` on, until about `items_max` have been looked at.
  /// Whether there is more to do, from where `bucket` is then. Buckets that are made meanwhile lie behind, and take items
  /// only from those before them.
  bool remove_prefix(std::string_view prefix, std::size_t& bucket, std::size_t items_max);

  stripe_counts counts() const;

 private:
  struct hash_of_item {
    std::size_t operator()(item const& which) const { return which.hash; }
  };
  struct same_key {
    bool operator()(item const& a, item const& b) const { return a.key() == b.key(); }
  };
  using table = boost::intrusive::unordered_set<
      item, boost::intrusive::hash<hash_of_item>, boost::intrusive::equal<same_key>,
      boost::intrusive::power_2_buckets<true>, boost::intrusive::incremental<true>>;
  using bucket = table::bucket_type;
  static constexpr std::int64_t no_time = std::numeric_limits<std::int64_t>::max();

  struct queue {
    boost::intrusive::list<item> items;
    std::size_t bytes = 0;
  };

  queue& queue_of(segment which) { return queues_[static_cast<std::size_t>(which)]; }
  void enter(item& which, segment into);
  void leave(item& which);
  void move(item& which, segment into);
  void link(item& which, segment into);
  void unlink(item& which);
  void balance();
  item* last(std::uint64_t spared);
  item* least_useful(std::uint64_t spared);
  std::size_t discard(item* which, reservation& room);
  bool evict_one(reservation& room, std::uint64_t spared);
  std::size_t drop_dead(reservation& room, moment now);
  template <class Remove>
  void visit(std::size_t& items_max, moment now, Remove remove);
  template <class Remove>
  std::size_t visit_bucket(moment now, Remove remove);
  void end_of_round();
  bool due(moment now);
  void grow_table(std::uint64_t spared);

  mutable std::mutex mutex_;
  memory::budget& budget_;
  std::size_t const share_;
  std::size_t const buckets_max_;
  std::size_t bucket_count_;
  std::unique_ptr<bucket[]> buckets_;
  table table_;
  std::array<queue, segment_count> queues_;
  std::size_t bytes_ = 0;  // of the items
  std::uint64_t evictions_ = 0;
  std::uint64_t expirations_ = 0;

  // The sweep goes bucket by bucket. Nothing dies before soonest_ms_, which a full round of the sweep makes
  // exact.
  std::size_t cursor_ = 0;
  std::int64_t soonest_ms_ = no_time;
  std::int64_t soonest_seen_ms_ = no_time;
  std::uint32_t flush_seen_ = 0;
};

}  // namespace tandem::backend::memory
