#include "routing/failover_route.hpp"

#include "base/sleep.hpp"
#include "routing/bounded_times.hpp"
#include "routing/explained.hpp"
#include "routing/flush_each.hpp"
#include "routing/foreign_cas.hpp"
#include "routing/plain_removal.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace tandem::routing {
namespace {

using model::status;
using model::verb;

/// Items expire at the end of a second.
constexpr base::duration second_begun = std::chrono::seconds(1);

/// Between looks at a removal that another is at.
constexpr base::duration glance = std::chrono::milliseconds(1);

/// Whether it may be asked of another though it may have been executed already. A lease that is lost that way ends by itself.
bool may_be_done_twice(model::request const& asked) { return traits(asked.command).idempotent; }

/// Whether what others have of the key is outdated when that is done.
bool changes(model::request const& asked) {
  return (traits(asked.command).mutates && !model::touches(asked.command)) || asked.vivify.has_value();
}

/// Calls it in the end if that is due, whatever becomes of the request.
template <class Callable>
struct at_the_end {
  Callable call;
  bool due = false;

  ~at_the_end() {
    if (due) call();
  }
};

model::request for_stand_in(model::request const& asked, failover_options const& options,
                            model::request_context const& context) {
  times const bounded = bounded_times({.max = options.ttl.count()}, asked, context);
  model::request made = asked;
  made.expires = bounded.expires;
  made.vivify = bounded.vivify;
  return made;
}

/// What part of the time that is left each may spend, so that those behind it have theirs.
std::vector<double> shares_of(std::vector<failover_route::member> const& members) {
  std::vector<double> shares(members.size(), 1.0);
  base::duration behind{};
  for (std::size_t at = members.size(); at-- > 0;) {
    base::duration const all = members[at].time + behind;
    if (behind.count() > 0)
      shares[at] = static_cast<double>(members[at].time.count()) / static_cast<double>(all.count());
    behind = all;
  }
  return shares;
}

}  // namespace

failover_route::failover_route(std::string name, failover_options const& options,
                               std::vector<member> const& members, shared const& known,
                               base::executor& executor, metrics::worker_metrics& metrics)
    : name_(std::move(name)),
      options_(options),
      shares_(shares_of(members)),
      watch_(known.watch),
      missed_(known.missed),
      executor_(executor),
      background_{executor.running_clock()} {
  if (missed_) replays_.emplace(*missed_, executor, static_cast<model::removal_replays::performer&>(*this));
  for (member const& each : members) {
    all_.push_back(&each.to);
    if (all_.size() == 1) continue;
    auto const counted = [&](char const* why) {
      return &metrics.counter(metrics::failover_answers_total,
                              {{"backend", name_}, {"stand_in", each.name}, {"reason", why}});
    };
    stand_ins_.push_back({counted("error"), counted("timeout"), counted("miss")});
  }
}

failover_route::answer failover_route::handle(model::request const& asked, model::request_context& context) {
  if (asked.command == verb::flush) return flush_each(all_, asked, context);
  if (missed_ && missed_->any() && missed_->blocks(asked.key.view())) return after_removal(asked, context);
  if (asked.command == verb::remove) return remove(asked, context);
  return ask(asked, context);
}

/// False if there is no room. What the first has missed it has noted itself.
bool failover_route::note(std::string_view key) {
  if (!missed_) {
    watch_.stored_until(executor_.running_clock().now() + options_.ttl + second_begun);
    return true;
  }
  bool const noted = missed_->remember_if_room(key);
  if (noted) replays_->begin();
  return noted;
}

base::task<bool> failover_route::replay(model::missed_removals::due what) {
  model::request const removal = plain_removal(base::slice::copy_of(what.key));
  model::response const removed = co_await all_.front()->handle(removal, background_);
  if (removed.failed()) co_return false;
  co_await tell_stand_ins(removal, background_);
  co_return true;
}

/// Nobody has asked the first for this yet, so that whatever has become of the removal says nothing of the request.
failover_route::answer failover_route::after_removal(model::request const& asked,
                                                     model::request_context& context) {
  model::response removed = co_await make_even(asked, context);
  if (asked.command == verb::remove) co_return co_await remove(asked, context);
  if (!removed.failed()) co_return co_await ask(asked, context);
  removed.fate = model::fate::never;
  auto const why = reason_to_go_on(asked, removed);
  if (!why || is_bound_by_cas(asked)) co_return std::move(removed);
  watch_.failed(context.clock.now(), removed.message.view());
  co_return co_await ask_stand_ins(asked, context, std::move(removed), *why);
}

/// What became of the removal. Where another request or worker is at it, waits for that.
failover_route::answer failover_route::make_even(model::request const& asked,
                                                 model::request_context& context) {
  model::request const removal = plain_removal(asked);
  model::request_context earlier = context.share(shares_.front());
  while (auto const due = missed_->blocking(asked.key.view())) {
    if (earlier.deadline <= context.clock.now())
      co_return model::response::server_error(
          base::error_kind::timeout,
          fmt::format("backend {}: what the first has of the key is outdated, and still being removed",
                      name_));
    model::missed_removals::claim claim = missed_->claimed(*due);
    if (!claim) {
      co_await base::sleep_for(executor_, glance);
      continue;
    }
    model::response removed = co_await all_.front()->handle(removal, earlier);
    if (removed.failed()) co_return std::move(removed);
    // What stand-ins have is outdated by the next write to the first, and would be told if that fails again.
    model::request_context later = context.share(0.5);
    co_await tell_stand_ins(removal, later);
    claim.confirm();
  }
  co_return model::response::of(status::ok);
}

base::task<void> failover_route::tell_stand_ins(model::request const& removal,
                                                model::request_context& context) {
  std::vector<base::task<model::response>> pending;
  for (std::size_t at = 1; at < all_.size(); ++at) pending.push_back(all_[at]->handle(removal, context));
  co_await base::when_all<model::response>(pending);
}

std::optional<failover_route::reason> failover_route::reason_to_go_on(model::request const& asked,
                                                                      model::response const& given) const {
  if (given.status == status::server_error) {
    bool const late = given.failure == base::error_kind::timeout;
    if (!(late ? options_.on_timeout : options_.on_error)) return std::nullopt;
    return late ? reason::timeout : reason::error;
  }
  bool const missed = given.status == status::not_found && model::retrieves(asked.command);
  return options_.on_miss && missed ? std::optional(reason::miss) : std::nullopt;
}

failover_route::answer failover_route::ask(model::request const& asked, model::request_context& context) {
  model::request_context earlier = context.share(shares_.front());
  model::response first = co_await all_.front()->handle(asked, earlier);
  auto const why = reason_to_go_on(asked, first);
  if (first.status != status::server_error) {
    base::time_point const now = context.clock.now();
    watch_.answered(now);
    if (!missed_ && changes(asked) && watch_.may_have_some(now))
      co_await tell_stand_ins(plain_removal(asked), context);
  }
  if (!why || is_bound_by_cas(asked)) co_return std::move(first);
  if (*why != reason::miss) watch_.failed(context.clock.now(), first.message.view());
  co_return co_await ask_stand_ins(asked, context, std::move(first), *why);
}

failover_route::answer failover_route::ask_stand_ins(model::request const& asked,
                                                     model::request_context& context, model::response first,
                                                     reason why) {
  // What cannot be noted is not done elsewhere, or older values would be told when the first is back.
  bool const noted = changes(asked);
  if (noted && !has_room_for(asked.key.view())) co_return std::move(first);
  bool const lasts = noted || model::touches(asked.command) || includes(asked.options, model::option::renew);
  if (lasts && !missed_) note(asked.key.view());  // before a stand-in has it, too
  at_the_end unsure{[this, &asked] { note(asked.key.view()); }};
  model::request const bounded = for_stand_in(asked, options_, context);
  bool maybe_done = first.fate == model::fate::maybe;
  model::response best = std::move(first);
  metrics::counter* counted = nullptr;
  for (std::size_t at = 1; at < all_.size(); ++at) {
    if (maybe_done && !may_be_done_twice(asked)) break;
    model::request_context share = context.share(shares_[at]);
    bool const before = std::exchange(unsure.due, noted);  // also if the client leaves
    model::response given = co_await all_[at]->handle(bounded, share);
    unsure.due = before || (noted && (given.hit() || given.fate == model::fate::maybe));
    maybe_done |= given.fate == model::fate::maybe;
    auto const next_why = reason_to_go_on(asked, given);
    if (!given.failed()) {
      bool const nothing_either = why == reason::miss && given.status == status::not_found;
      if (!nothing_either) counted = stand_ins_[at - 1][static_cast<std::size_t>(why)];
      best = with_foreign_cas(std::move(given));
    }
    if (!next_why) break;
    why = *next_why;
  }
  if (counted) counted->add();
  // Before the client knows: what the first has is the older one from then on.
  if (std::exchange(unsure.due, false)) note(asked.key.view());
  if (best.failed() && maybe_done) best.fate = model::fate::maybe;
  co_return std::move(best);
}

failover_route::answer failover_route::remove(model::request const& asked, model::request_context& context) {
  model::request const plain = plain_removal(asked);
  bool const first_alone = is_bound_by_cas(asked);
  std::size_t const told = missed_ || watch_.may_have_some(context.clock.now()) ? all_.size() : 1;
  std::vector<base::task<model::response>> pending;
  pending.reserve(all_.size());
  model::response first;
  if (first_alone) {
    first = co_await all_.front()->handle(asked, context);
    if (!first.hit()) co_return std::move(first);
  } else {
    pending.push_back(all_.front()->handle(asked, context));
  }
  for (std::size_t at = 1; at < told; ++at) pending.push_back(all_[at]->handle(plain, context));
  std::vector<model::response> answers = co_await base::when_all<model::response>(pending);
  if (!first_alone) first = std::move(answers.front());
  // Another process may have stored there what this one knows nothing of.
  for (std::size_t at = told; at < all_.size() && first.status == status::server_error; ++at) {
    model::response removed = co_await all_[at]->handle(plain, context);
    answers.push_back(std::move(removed));
  }
  bool const noted = first.status == status::server_error && note(asked.key.view());
  bool const all_others = std::none_of(answers.begin() + !first_alone, answers.end(),
                                       [](model::response const& each) { return each.failed(); });
  // What is noted will be gone before anybody is told of it.
  if (noted && !first_alone && all_others && reason_to_go_on(asked, first))
    co_return model::response::of(status::ok);
  bool const seen_elsewhere = options_.on_miss && first.status == status::not_found;
  for (model::response const& each : answers) {
    if (seen_elsewhere && each.hit()) first.status = status::ok;
    if (first.failed() && each.fate != model::fate::never) first.fate = model::fate::maybe;
  }
  co_return std::move(first);
}

void failover_route::explain(std::string_view key, model::explanation& where) const {
  where.backend = name_;
  where.key = key;
  std::vector<explained_one> members = explained(all_, key, where.of);
  auto const now = std::ranges::find_if(members, &explained_one::serves);
  where.serves = now == members.begin() || (now != members.end() && options_.on_error);
  if (where.serves && now != members.begin()) now->words += " (takes it now)";
  where.destination = joined(members, "; else ");
}

}  // namespace tandem::routing
