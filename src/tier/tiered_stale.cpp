// What is old in L1, and who is answered with it: `stale_for`.
//
// Old is an item whose time in L1 is over, or that is marked as stale (X) since its key was invalidated, or since L2 failed
// to change it. It stays in L1 for `stale_for` from then on and no longer, however often the key is invalidated. L2 is
// asked for it as for one that is absent, by one reader for all; who has it in hand is answered with it if
//   L2 fails               whatever the failure is, for the client would be told SERVER_ERROR
//   L2 is slow             it has not answered when half of the time is over that the request has left; L2's answer goes to L1
//   another fetches it     and L2 was seen to fail or be slow within the last second
// and with what L2 says in all other cases.
//
// Never answered again, for they are no more in L1 when the client is told:
//   what a client has replaced, changed, touched to end sooner, or flushed through this or another Tandem of the same L1
//   what a client was told is deleted, and also what L2 has failed to delete
//   what L2 was found not to have
//   what counts as outdated by an invalidation of a prefix, or of everything
// While a removal from L1 is not confirmed, nothing of the key is answered from there; while L2 may yet execute a write of
// it, only what is marked.
//
// Only reads that L1 can answer are. The answer is marked as stale where the client's dialect has a word for that, with X, and
// with Z, for somebody else fetches it anew; where it tells a cas, it tells one that no item has.
#include "model/no_items_cas.hpp"
#include "tier/tiered_route.hpp"

#include <algorithm>
#include <utility>

namespace tandem::tier {

using model::status;

model::response tiered_route::stale_answer(near_answer const& old, model::request const& asked,
                                           metrics::counter& why) {
  why.add();
  model::response made = answer_from(old, asked);
  made.cas = model::no_items_cas;
  made.stale = made.claimed = true;
  return made;
}

/// L2's answer, if it is one.
model::response tiered_route::better_than_failure(model::response far, near_answer const& old,
                                                  model::request const& asked) {
  base::time_point const now = executor_.now();
  if (far.status != status::server_error) {
    stale_->answered(now);
    return far;
  }
  stale_->in_trouble(now, "fails: ", far.message.view());
  return stale_answer(old, asked, l1_.metrics().stale_while_failed);
}

/// Asks L2, and no longer waits for the answer than a part of the request's time.
base::task<model::response> tiered_route::refresh(model::request const& asked,
                                                  model::request_context& context, near_answer old) {
  base::time_point const slow_at = context.share(0.5).deadline;
  auto const result =
      std::make_shared<pending_answer>();  // the client may be answered, or go, before the end
  near_answer lease = old;
  lease.item.value = base::slice();  // so that nobody holds on to it but who waits
  bool const begun = refreshes_.start(fetch_behind(asked, context, std::move(lease), result));
  if (!begun) {
    model::response far = co_await fetch(asked, context, old);
    co_return better_than_failure(std::move(far), old, asked);
  }
  bool const is_there = co_await result->done.until(executor_, slow_at);
  if (is_there) co_return better_than_failure(std::move(result->answer), old, asked);
  stale_->in_trouble(executor_.now(), "is slow");
  co_return stale_answer(old, asked, l1_.metrics().stale_while_slow);
}

/// Nobody may be waiting for it, so that L2 has all of the time that an answer is of use in.
base::task<void> tiered_route::fetch_behind(model::request asked, model::request_context context,
                                            near_answer old, std::shared_ptr<pending_answer> result) {
  base::time_point const now = executor_.now();
  bool const limited = context.has_deadline() && patience_ < base::time_point::max() - now;
  context.deadline = limited ? std::max(context.deadline, now + patience_) : model::no_deadline;
  result->answer = co_await fetch(asked, context, std::move(old));
  result->done.set();
}

}  // namespace tandem::tier
