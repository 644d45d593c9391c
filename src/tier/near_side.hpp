// What one worker says to L1 on behalf of a tiered route: leases and tokens, stores under a token, removals. What L1 did
// not confirm to have removed is remembered for all workers (missed_removals.hpp) and replayed in the background.
//
// A token is the cas of what L1 holds for a key: of a placeholder, or of an item. A store under it succeeds only if
// nothing has stored, removed or evicted the key since, whoever it was, for every change in L1 makes a new cas. Cas
// numbers of a memcached begin again when it restarts; therefore a token is good only on the connection over which it
// came (model::response::generation). A store that arrives late, after it was given up, is as harmless.
#pragma once

#include "base/executor.hpp"
#include "model/missed_removals.hpp"
#include "model/removal_replays.hpp"
#include "model/route.hpp"
#include "tier/near_item.hpp"
#include "tier/options.hpp"
#include "tier/stale_watch.hpp"
#include "tier/tier_metrics.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::tier {

class write_back_queue;

/// What a tiered route is made with, and outlived by.
struct tier_parts {
  model::route& near;  // L1
  model::route& far;   // L2
  model::missed_removals& missed;
  metrics::worker_metrics& worker_metrics;
  base::executor& executor;
  write_back_queue const* unwritten = nullptr;  // what waits to be written to L2, if there is a queue
  /// What L2 says later than that is not stored in L1: whoever invalidated it meanwhile may think that it is there.
  base::duration patience = base::duration::max();
  /// The time-outs of both tiers together: what is on its way from L2 has come to L1 then.
  base::duration settle = {};
  std::vector<std::string> far_backends = {};  // L2's name, and those of the backends that it asks
  stale_watch* stale = nullptr;                // there with `stale_for`
};

struct near_token {
  std::uint64_t cas;
  std::uint32_t generation;
};

/// What L1 is asked about, on whose behalf (model::request::client), and until when. No aggregate, since g++ 12 destroys one
/// twice that is made inside a co_await.
struct near_key {
  near_key(base::slice of, std::uint32_t asking = 0) : key(std::move(of)), client(asking) {}
  explicit near_key(model::request const& asked, base::time_point until = model::no_deadline)
      : key(asked.key), client(asked.client), deadline(until) {}

  base::slice key;
  std::uint32_t client;
  base::time_point deadline = model::no_deadline;
};

/// What L1 says of a key that is read.
struct near_answer {
  enum class kind : std::uint8_t {
    item,      // valid
    nothing,   // L2 is known to have nothing
    aged,      // the item's time is over, and nobody has marked it; with `stale_for`
    ours,      // no item, and with the token one may be stored
    taken,     // no item; another is fetching it
    absent,    // no item, and no token
    unusable,  // L1 failed
  };
  kind what;
  near_item item = {};  // with `stale_for` also one that is no more than better than nothing: it is old
  std::uint32_t flags = 0;
  std::optional<near_token> token = {};  // of what is taken only if there is an old item

  bool has_old() const {
    return item.what == near_item::kind::item && (what == kind::ours || what == kind::taken);
  }
};

class near_side final : private model::removal_replays::performer {
 public:
  near_side(std::string const& backend, tiered_options const& options, tier_parts const& parts);

  bool leases() const { return options_.lease.count() > 0; }
  bool serves_stale() const { return options_.stale_for.count() > 0; }

  /// Whether L1 has missed a removal of the key, so that nothing it holds may be read.
  bool blocked(std::string_view key) const { return parts_.missed.blocks(key); }

  /// Whether L1 has not confirmed a removal of it so far.
  bool misses(std::string_view key) const { return parts_.missed.misses(key); }

  /// The item, or with `lease` on the token under which to store it.
  base::task<near_answer> read(near_key of, model::option options);

  /// The token of whatever L1 holds, of a placeholder that is made if it holds nothing. None without leases.
  base::task<std::optional<near_token>> take_token(near_key of);

  /// Stores under the token; without leases by `add`.
  base::task<model::response> fill(near_key of, near_item item, std::uint32_t flags,
                                   std::chrono::seconds time, std::optional<near_token> token);
  /// Takes a placeholder away, or leaves word there that L2 has nothing.
  base::task<model::response> give_up(near_key of, near_token token, bool is_nothing);

  /// Stores what L2 has just been given; without leases whatever L1 holds. Says whether L1 has it now.
  base::task<bool> store(model::request asked, std::uint64_t cas, std::chrono::seconds time,
                         std::optional<near_token> token, base::time_point deadline);

  /// Returns when L1 has confirmed it, or when it counts as missed.
  base::task<void> remove(near_key of);

  /// The same for what may be answered while L2 fails: with `stale_for` L1 keeps what it has, marked as stale, for that long
  /// at most, and not longer than it was going to.
  base::task<void> outdate(near_key of) {
    return serves_stale() ? mark(std::move(of)) : remove(std::move(of));
  }

  /// Nothing that was stored before now is answered once it is old, since some of it is outdated and nobody knows which.
  void outdate_all() { outdated_at_ms_ = context_.clock.unix_ms(); }

  /// Whoever reads it next is to fetch it anew. The item stays for as long as it was going to.
  base::task<void> offer(near_key of, near_token token);

  /// Has it removed again when L2, which failed to answer a write, does answer.
  void remove_later(base::slice const& key);
  base::task<void> flush(model::request asked);
  /// The same, when all of L2 answers.
  void flush_later();

  /// Of what is stored in L1: when both tiers have had their time, what was read from L2 has come there, and it is gone when the
  /// longest time that it is given is over, and the second that memcached's clock may lag.
  model::copy_times copy_times() const;

  /// How long an item may stay in L1 that lives for `expires` from `started` on: l1_ttl at most, and a second less
  /// than in L2, so that what it takes to store it in L1 is covered. 0: it is not to be stored.
  std::chrono::seconds time_for(model::exptime expires, base::time_point started) const;

  tier_metrics& metrics() { return metrics_; }

  /// Goes on with what was missed before.
  void start() { replays_.resume(); }

  /// Ends the replays.
  void stop() { replays_.stop(); }

 private:
  model::request_context until(base::time_point deadline) const { return {context_.clock, deadline}; }
  near_answer judge(model::response const& answer) const;
  bool is_over(near_item const& item) const {
    return item.old_at_ms != 0 && item.old_at_ms <= context_.clock.unix_ms();
  }
  bool may_be_answered(near_item const& item) const;
  base::slice framed(std::uint64_t cas, base::slice const& value, std::chrono::seconds time) const;
  base::task<void> mark(near_key of);
  base::task<model::status> mark_for(near_key const& of, model::response const& found);
  base::task<bool> replay(model::missed_removals::due what) override;
  void begin_pass() override { far_fails_ = false; }
  base::task<bool> far_answers(base::slice key);
  base::task<bool> doubt_is_over(model::missed_removals::due const& what);
  bool is_outlived(model::missed_removals::due const& flush, std::string_view why);

  /// That L1 does not allow.
  struct refused_flush {
    std::uint64_t version = 0;
    base::time_point outlived{};  // when nothing is left of what it had
  };

  std::string const backend_;
  tiered_options const options_;
  tier_parts const parts_;
  tier_metrics metrics_;
  model::request_context context_;
  bool far_fails_ = false;           // in this pass of the replays
  refused_flush refused_;            // the last
  std::int64_t outdated_at_ms_ = 0;  // of Unix time; 0: never
  model::removal_replays replays_;
};

}  // namespace tandem::tier
