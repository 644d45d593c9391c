// The store in this process: a hash table of items with memcached's semantics, bounded in bytes. It is shared
// by all workers on purpose, so that a key is the same from every connection; every call is thread-safe. The
// server owns it, and it outlives every memory_route.
//
//   verb                      does                                               answers besides ok
//   get, get_and_touch        copies the value out; may make an empty item,      not_found
//                             claim an item
//   touch                     changes the time to live, keeps the cas            not_found, exists
//   set                       stores; with compare_cas as cas                    too_large: the old item goes
//   add, replace              stores if there was none, one; replace with        not_stored, too_large
//                             compare_cas as cas
//   cas                       stores if the cas is the same; may store the       not_found, exists, too_large
//                             older one as stale
//   append, prepend           keep flags and time to live; may make an item      not_stored (it would be too large, too),
//                                                                                exists, too_large
//   increment, decrement      keep flags, time and, padded with spaces, the      not_found, exists, non_numeric
//                             length
//   remove                    removes, or marks as stale, or leaves an empty     not_found, exists
//                             item with the same cas
//   debug                     tells what is known of the item                    not_found
//   flush                     hides all that was stored before, now or at its
//                             time
//
// What a request makes or changes gets the cas that it names, else a new one.
#pragma once

#include "backend/memory/budget.hpp"
#include "backend/memory/options.hpp"
#include "backend/memory/sip_hash.hpp"
#include "backend/memory/stripe.hpp"
#include "base/cache_line.hpp"
#include "base/clock.hpp"
#include "model/request.hpp"
#include "model/response.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace tandem::backend::memory {

struct store_metrics {
  std::size_t items = 0;
  std::size_t bytes = 0;  // keys, values and bookkeeping
  std::size_t limit = 0;  // of bytes
  std::uint64_t evictions = 0;
  std::uint64_t expirations = 0;
};

class store {
 public:
  /// The clock must be safe to read from every thread that uses the store.
  store(memory_options const& options, base::clock const& clock);

  base::clock const& clock() const { return clock_; }

  model::response execute(model::request const& asked) { return execute(asked, clock_.now()); }
  /// `now`, by the store's clock, is when the request arrived.
  model::response execute(model::request const& asked, base::time_point now);

  /// Removes dead items, visiting at most `items_max`; returns how many it removed. Workers call it now and
  /// then (a thousand items every 100 ms, say): it goes on where the last call, of any worker, ended.
  std::size_t expire_some(std::size_t items_max);

  /// Where remove_some() goes on.
  struct sweep_position {
    std::size_t stripe = 0;
    std::size_t bucket = 0;
  };

  /// Removes those of the next few hundred items whose key begins with `prefix`. False when all have been looked at; an
  /// item that is stored meanwhile may be removed or not.
  bool remove_some(std::string_view prefix, sweep_position& position);

  store_metrics metrics() const;

  /// Where `key` lives, for `explain`.
  std::size_t stripe_of(std::string_view key) const { return index(hash(key)); }

 private:
  /// Where one operation works, and when.
  struct spot {
    memory::stripe& stripe;
    std::string_view key;
    std::uint64_t hash;
    moment now;
  };
  /// What deadline() gives for a time that has passed.
  static constexpr std::int64_t expiry_over = -1;

  std::uint64_t hash(std::string_view key) const { return sip_hash<>::of(key, seed_); }
  std::size_t index(std::uint64_t hash) const {
    return static_cast<std::size_t>(hash >> 32) % stripes_.size();
  }
  moment at(base::time_point now);
  std::int64_t deadline(model::exptime expires, moment now) const;
  std::uint64_t next_cas() { return last_cas_.fetch_add(1, std::memory_order_relaxed) + 1; }
  std::uint64_t cas_for(model::request const& asked) { return asked.new_cas ? *asked.new_cas : next_cas(); }
  void describe(item const& found, model::request const& asked, moment now, model::response& answer) const;
  void tell_marks(item& found, bool won, model::response& answer) const;
  bool lives_shorter(item const& found, model::request const& asked, moment now) const;

  void renew_expiry(model::exptime expires, item& found, spot here);
  void start_anew(item& made, spot here);

  model::response tell(model::request const& asked, item& found, spot here);
  model::response debug(spot here);
  model::response read(model::request const& asked, spot here);
  model::response touch(model::request const& asked, spot here);
  model::response remove(model::request const& asked, spot here);
  item* hollow_out(model::request const& asked, item* found, spot here);
  model::response flush(model::request const& asked, base::time_point now);

  /// The verbs that may need room. Each attempt runs under the lock; it completes `answer` and returns 0, or
  /// returns the bytes that it could not gather in its own stripe.
  model::response grow(model::request const& asked, spot here);
  std::size_t attempt(model::request const& asked, spot here, reservation& room, model::response& answer);
  std::size_t lease(model::request const& asked, spot here, reservation& room, model::response& answer);
  std::size_t put(model::request const& asked, spot here, reservation& room, model::response& answer);
  std::size_t put_stale(model::request const& asked, item* old, spot here, reservation& room,
                        model::response& answer);
  std::size_t extend(model::request const& asked, spot here, reservation& room, model::response& answer);
  std::size_t count(model::request const& asked, spot here, reservation& room, model::response& answer);
  std::size_t put_value(model::request const& asked, std::string_view value, model::exptime expires,
                        item* old, spot here, reservation& room, model::response& answer);
  std::size_t overwrite(model::request const& asked, std::string_view number, item* old, spot here,
                        reservation& room, model::response& answer);
  void gather(reservation& room, std::size_t bytes, spot here);

  base::clock const& clock_;
  sip_seed const seed_;
  std::vector<std::unique_ptr<stripe>> stripes_;
  std::size_t share_ = 0;
  std::size_t item_max_ = 0;
  std::size_t extended_max_ = 0;              // bytes of a value that has grown
  std::atomic<std::uint32_t> flushes_{0};     // items that have seen fewer are flushed
  std::atomic<std::int64_t> flush_at_ms_{0};  // when the next flush is due; 0: none is
  std::mutex flush_mutex_;                    // makes a due flush happen once, and before what comes after it

  // Every change of an item writes these two: apart from each other, and from what every read reads.
  alignas(base::cache_line_bytes) memory::budget budget_;
  alignas(base::cache_line_bytes) std::atomic<std::uint64_t> last_cas_;

  std::mutex gather_mutex_;  // one operation at a time evicts across stripes; taken before a stripe's lock
  std::size_t gather_hand_ = 0;
  std::atomic<std::size_t> sweep_hand_{0};
};

}  // namespace tandem::backend::memory
