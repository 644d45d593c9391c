// L1 in front of L2. L2 is the authority: whatever L1 answers was L2's value when it was stored there, and is removed from
// L1 before the write that changes it is answered. Belongs to one worker.
//
//   verb                        does
//   get                         L1 answers; else L2, and L1 is filled under the lease, after the answer
//   get that wants the time     L2 answers; it also refuses what only memcached can do
//   set, `write: through`       L1's token, L2, then L1 under the token; if that fails L1 is removed
//   set, `write: around`        as any other
//   gat, touch                  L2; L1 is removed unless the new time is longer than L1 keeps anything
//   add, replace, append,       L2; L1 is removed unless L2 has changed nothing
//   prepend, cas, incr, decr
//   delete                      L2, then L1 is removed
//   flush                       L2, then L1; once more when L2 answers again, where it may execute it late
//
// `write: back` is somebody else's in front of this route, which then writes around. A read that has come past the queue
// does not fill L1 if the key is unwritten when it asks L2: L1 may have lost the newer value since.
//
// Why no older value outlives a write that was answered, whatever other Tandems do to the same L1 and L2:
//   fill and write      The fill reads L2 after it has its token. If it read the older value, the write came to L2 after
//                       that, and its removal (or its store) in L1 after that again. If the fill is in L1 by then, it is
//                       removed; else the token is no longer good, and L1 refuses the fill.
//   write and write     Each takes its token before it writes to L2, and stores under it after. Of two that have the
//                       same token, one is refused and removes. If the second took its token after the first had
//                       stored, it has also written L2 after the first.
//   restart of L1       L1 is empty then, and tokens from before are good on no new connection.
//   eviction            The token is no longer good.
//   failure in between  L1 is removed; where that fails, or L2 may execute the write yet, the key is not read from L1
//                       until it was (missed_removals.hpp). Of a flush that L2 may execute yet L1 is flushed at once
//                       and read, and flushed again when all of L2 has answered twice.
//   a client that goes  Writes and fills run to their end without it.
// What is old (its time in L1 is over, or it is marked as stale) counts as absent in all of this, but that whoever has it in hand
// while L2 fails or is slow is answered with it: see tiered_stale.cpp.
//
// While a write is under way, some reads may answer with the older value and some with the newer. What one Tandem that is
// killed, or cut off from an L1 that others reach, leaves there, lasts for l1_ttl at most.
#pragma once

#include "base/event.hpp"
#include "model/invalidation.hpp"
#include "model/route.hpp"
#include "tier/bounded_tasks.hpp"
#include "tier/near_side.hpp"

#include <memory>
#include <string>

namespace tandem::tier {

class tiered_route final : public model::route {
 public:
  /// Fills under way at a time; with more, a read is answered only after its fill.
  static constexpr std::size_t fills_max = 256;

  /// Writes under way at a time, whose clients may have gone; more are refused before L2 is asked.
  static constexpr std::size_t writes_max = 65'536;

  /// Placeholders that are being taken away at a time; with more, others stay until their lease is over.
  static constexpr std::size_t give_ups_max = 16'384;

  tiered_route(std::string name, tiered_options const& options, tier_parts const& parts);

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override;
  void explain(std::string_view key, model::explanation& where) const override;

  /// Items that are fetched anew at a time, whose readers may have been answered an old one; with more, a reader waits for
  /// L2's answer.
  static constexpr std::size_t refreshes_max = 4096;

  /// Removals under way at a time that invalidate() has asked for: as many as one pipeline of another program may cause.
  static constexpr std::size_t drops_max = 16'384;

  std::vector<model::route*> children() const override { return {&near_, &far_}; }

  /// If L2 is or has that source: removes a key from L1, and has what stores L1 outdate the rest. A read that fetched the
  /// older value of a key before cannot store it any more, for its token is gone; without leases it can. False if too many
  /// removals are under way.
  bool invalidate(std::string_view source, model::invalidation const& what) override;

  /// Writes and fills that go on without anybody waiting for them.
  std::size_t under_way() const {
    return writes_.size() + fills_.size() + refreshes_.size() + give_ups_.size() + drops_.size();
  }
  bool busy() const override { return under_way() > 0; }
  void start() override { l1_.start(); }

  void stop() override;

 private:
  using answer = base::task<model::response>;
  /// What a client's task waits for, while the work itself goes on whether the client waits or not.
  struct pending_answer {
    model::response answer;
    base::event<> done;
  };
  class lease_guard;

  answer read(model::request const& asked, model::request_context& context);
  answer read_far(model::request const& asked, model::request_context& context);
  answer fetch(model::request const& asked, model::request_context& context, near_answer found);
  base::task<void> fill(near_key of, near_item item, std::uint32_t flags, std::chrono::seconds time,
                        std::optional<near_token> token);
  base::task<void> give_up(near_key of, near_token token, bool is_nothing);
  base::task<void> offer(near_key of, near_token token);
  base::duration fill_patience() const;
  static model::response answer_from(near_answer const& found, model::request const& asked);

  answer refresh(model::request const& asked, model::request_context& context, near_answer old);
  base::task<void> fetch_behind(model::request asked, model::request_context context, near_answer old,
                                std::shared_ptr<pending_answer> result);
  answer read_doubted(model::request const& asked, model::request_context& context);
  model::response better_than_failure(model::response far, near_answer const& old,
                                      model::request const& asked);
  static model::response stale_answer(near_answer const& old, model::request const& asked,
                                      metrics::counter& why);

  answer write(model::request const& asked, model::request_context const& context);
  near_key for_near(model::request const& asked, model::request_context const& context) const;
  base::task<void> work_of(model::request const& asked, model::request_context const& context,
                           std::shared_ptr<pending_answer> result);
  base::task<void> write_through(model::request asked, model::request_context context,
                                 std::shared_ptr<pending_answer> result);
  base::task<void> write_around(model::request asked, model::request_context context,
                                std::shared_ptr<pending_answer> result);
  base::task<void> flush(model::request asked, model::request_context context,
                         std::shared_ptr<pending_answer> result);
  base::task<void> leave_near(model::request const& asked, model::request_context const& context,
                              model::response const& far);
  void remove_late(base::slice const& key, model::response const& far);
  base::task<void> drop(model::invalidation what);
  bool leaves_near(model::request const& asked, model::response const& answer) const;
  /// Whether what L2 was asked for then is not too old for L1. It is after a process had to wait for the machine.
  bool in_time(base::time_point asked) const { return clock_.now() - asked <= patience_; }

  std::string const name_;
  tiered_options const options_;
  model::route& near_;
  model::route& far_;
  base::executor& executor_;
  base::clock const& clock_;
  write_back_queue const* const unwritten_;
  std::vector<std::string> const far_backends_;
  base::duration const patience_;
  base::duration far_time_ = std::chrono::milliseconds(100);  // what L2 took lately at most; a guess at first
  near_side l1_;
  unsigned flushes_ = 0;  // under way; what comes after one is read from L2, which has it before
  stale_watch* const stale_;
  unsigned answered_for_others_ = 0;  // what is old, while they fetch it
  bounded_tasks fills_;
  bounded_tasks refreshes_;
  bounded_tasks give_ups_;
  bounded_tasks writes_;
  bounded_tasks drops_;
};

}  // namespace tandem::tier
