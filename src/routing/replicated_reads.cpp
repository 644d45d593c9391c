// Reads: in order or all at once, and what a replica has not from one that has it.
#include "routing/foreign_cas.hpp"
#include "routing/plain_removal.hpp"
#include "routing/replicated_route.hpp"

#include <algorithm>
#include <tuple>

namespace tandem::routing {
namespace {

using model::status;
using model::verb;
using model::want;

model::response as_told(model::response given, std::size_t by) {
  return by == 0 ? std::move(given) : with_foreign_cas(std::move(given));
}

/// Of two that have no item: a miss tells more than a failure, and the failure of who was asked earlier more than a later one's.
void keep_better(std::optional<model::response>& best, model::response given) {
  if (!best || (best->failed() && !given.failed())) best = std::move(given);
}

/// Such an item is no copy of what somebody has stored.
bool is_being_renewed(model::response const& item) { return item.stale || item.won || item.claimed; }

model::exptime time_left(model::response const& item, base::clock const& clock) {
  if (item.ttl < 0) return model::exptime();
  return model::exptime::in(std::max<std::int64_t>(item.ttl, 1), clock.unix_ms() / 1000);
}

}  // namespace

base::task<model::response> replicated_route::read_in_order(model::request const& asked,
                                                            model::request_context& context,
                                                            order const& in) {
  bool const refills = asked.command == verb::get && model::reads_only(asked);
  std::optional<model::response> best;
  std::vector<std::size_t> missed;
  for (std::size_t turn = 0; turn < in.size(); ++turn) {
    std::size_t const at = in[turn];
    if (&in == &nearest_first_) (turn < near_ ? zone_reads_->near : zone_reads_->elsewhere).add();
    model::request_context share = context.share(1.0 / static_cast<double>(in.size() - turn));
    model::response given = co_await all_[at]->handle(asked, share);
    if (given.hit()) {
      if (is_being_renewed(given)) missed.clear();
      for (std::size_t const each : missed) refill_later(asked.key, at, each, context.clock);
      co_return as_told(std::move(given), at);
    }
    bool const blamed = turn == 0 && given.status == status::client_error;
    if (blamed || is_bound_by_cas(asked)) co_return std::move(given);
    if (refills && given.status == status::not_found) missed.push_back(at);
    keep_better(best, std::move(given));
  }
  co_return *std::move(best);
}

/// One read of all replicas, of which each is told when it has answered.
struct replicated_route::race {
  race(model::request of, model::request_context const& given, std::size_t replicas)
      : asked(std::move(of)), context(given), answers(replicas), pending(replicas) {}

  model::request const asked;
  model::request_context context;
  std::vector<model::response> answers;  // by replica
  std::size_t pending;
  told_event told;
};

base::task<model::response> replicated_route::read_fastest(model::request const& asked,
                                                           model::request_context& context) {
  if (!reads_.has_room()) co_return co_await read_in_order(asked, context, listed_);
  auto const one = std::make_shared<race>(asked, context, all_.size());
  for (std::size_t at = 0; at < all_.size(); ++at) {
    if (reads_.start(run(one, at))) continue;
    finish(*one, at, model::response::server_error(base::error_kind::overload, "too many reads under way"));
  }
  co_return co_await one->told;
}

base::task<void> replicated_route::run(std::shared_ptr<race> of, std::size_t at) {
  model::response given = co_await all_[at]->handle(of->asked, of->context);
  finish(*of, at, std::move(given));
}

void replicated_route::finish(race& of, std::size_t at, model::response given) {
  of.answers[at] = given;
  --of.pending;
  if (given.hit()) of.told.set(as_told(std::move(given), at));
  if (of.pending > 0) return;
  auto const has_item = [](model::response const& each) { return each.hit(); };
  auto const item = std::ranges::find_if(of.answers, has_item);
  if (item == of.answers.end()) {
    std::optional<model::response> best;
    for (model::response& each : of.answers) keep_better(best, std::move(each));
    return of.told.set(*std::move(best));
  }
  if (is_being_renewed(*item)) return;
  auto const from = static_cast<std::size_t>(item - of.answers.begin());
  for (std::size_t to = 0; to < all_.size(); ++to) {
    if (of.answers[to].status == status::not_found) refill_later(of.asked.key, from, to, of.context.clock);
  }
}

void replicated_route::refill_later(base::slice const& key, std::size_t from, std::size_t to,
                                    base::clock const& clock) {
  if (written_.contains(key.view()) || refilled_.contains(key.str()) || !refills_.has_room()) return;
  std::ignore = refills_.start(refill(key, from, to, clock));
}

base::task<void> replicated_route::refill(base::slice key, std::size_t from, std::size_t to,
                                          base::clock const& clock) {
  std::string const name = key.str();
  auto const over = std::make_shared<base::event<>>();
  refilled_.emplace(name, over);
  co_await copy(key, from, to, clock);
  refilled_.erase(name);
  over->set();
}

base::task<void> replicated_route::copy(base::slice const& key, std::size_t from, std::size_t to,
                                        base::clock const& clock) {
  model::request_context context{clock};
  model::request look;
  look.key = key;
  look.wanted = want::value | want::ttl | want::cas;
  model::response const item = co_await all_[from]->handle(look, context);
  if (!item.hit() || is_being_renewed(item)) co_return;

  model::request store;
  store.command = verb::add;
  store.wanted = want::nothing;
  store.key = key;
  store.value = item.value;
  store.flags = item.flags;
  store.expires = time_left(item, clock);
  model::response const added = co_await all_[to]->handle(store, context);
  // One that was perhaps done is looked after like one that was.
  if (!added.hit() && added.fate != model::fate::maybe) co_return;
  if (added.hit()) metrics_[to].refills.add();

  look.wanted = want::cas;
  model::response const now = co_await all_[from]->handle(look, context);
  if (now.hit() && now.cas == item.cas) co_return;
  model::request const outdated = plain_removal(look);
  model::response const gone = co_await all_[to]->handle(outdated, context);
  if (gone.failed()) metrics_[to].missed.add();
}

}  // namespace tandem::routing
