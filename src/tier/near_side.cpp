#include "tier/near_side.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tandem::tier {
namespace {

using model::status;
using model::verb;
using model::want;

model::exptime exptime_of(std::chrono::seconds time) { return model::exptime(time.count()); }

/// None from a server that counts no cas (memcached -C), for which 0 would match everything.
std::optional<near_token> token_of(model::response const& answer) {
  if (!answer.hit() || answer.cas == 0) return std::nullopt;
  return near_token{answer.cas, answer.generation};
}

void demand(near_token const& token, model::request& asked) {
  asked.compare_cas = token.cas;
  asked.generation = token.generation;
}

/// Without leases nothing but their order tells which fill is outdated: then all is asked by nobody in particular, which keeps
/// them in one.
near_key in_order(near_key of, bool leases) {
  if (!leases) of.client = 0;
  return of;
}

model::request on(near_key of, verb command, want wanted) {
  model::request made;
  made.command = command;
  made.wanted = wanted;
  made.key = std::move(of.key);
  made.client = of.client;
  return made;
}

bool is_refused(model::response const& answer) {
  return answer.status == status::client_error ||
         (answer.status == status::server_error && answer.failure == base::error_kind::refused);
}

near_answer judge_bare(model::response const& answer) {
  using kind = near_answer::kind;
  if (answer.failed()) return {kind::unusable, {}};
  if (!answer.hit() || answer.claimed || answer.stale) return {kind::absent, {}};
  return {kind::item, {near_item::kind::item, 0, answer.value}, answer.flags, {}};
}

}  // namespace

near_side::near_side(std::string const& backend, tiered_options const& options, tier_parts const& parts)
    : backend_(backend),
      options_(options),
      parts_(parts),
      metrics_(parts.worker_metrics, backend),
      context_{parts.executor.running_clock()},
      replays_(parts.missed, parts.executor, *this) {}

near_answer near_side::judge(model::response const& answer) const {
  using kind = near_answer::kind;
  if (answer.failed()) return {kind::unusable, {}};
  if (!answer.hit()) return {kind::absent, {}};
  std::optional<near_token> const token = token_of(answer);
  bool const marked = answer.claimed || answer.won || answer.stale;
  // The placeholder is empty, and what is marked of use only where it may be answered.
  near_item item = marked && !serves_stale() ? near_item() : read_near_item(answer.value);
  if (!marked && item.what == near_item::kind::nothing) return {kind::nothing, std::move(item), 0, token};
  bool const is_item = item.what == near_item::kind::item;
  if (!marked && is_item && !is_over(item)) return {kind::item, std::move(item), answer.flags, token};
  bool const is_old = is_item && serves_stale() && token && may_be_answered(item);
  if (is_old && !marked) return {kind::aged, std::move(item), answer.flags, token};
  kind const what = answer.claimed ? kind::taken : token ? kind::ours : kind::absent;
  if (is_old) return {what, std::move(item), answer.flags, token};
  return {what, {}, 0, what == kind::ours ? token : std::nullopt};
}

/// Of what is old. L1 may hold it for longer on behalf of another Tandem, and as another item than the one that was outdated with
/// all others: whoever has marked it since gave it a new number.
bool near_side::may_be_answered(near_item const& item) const {
  if (item.old_at_ms == 0) return outdated_at_ms_ == 0;
  auto const in_ms = [](std::chrono::seconds time) { return std::int64_t{time.count()} * 1000; };
  bool const too_old = context_.clock.unix_ms() >= item.old_at_ms + in_ms(options_.stale_for);
  return !too_old && item.old_at_ms - in_ms(options_.l1_ttl) > outdated_at_ms_;
}

base::task<near_answer> near_side::read(near_key of, model::option options) {
  model::request_context limited = until(of.deadline);
  model::request asked =
      on(in_order(std::move(of), leases()), verb::get, want::value | want::cas | want::marks);
  asked.options = options;
  if (leases()) asked.vivify = exptime_of(options_.lease);
  model::response const answer = co_await parts_.near.handle(asked, limited);
  if (answer.hit() && answer.stale) metrics_.stale.add();
  co_return leases() ? judge(answer) : judge_bare(answer);
}

base::task<std::optional<near_token>> near_side::take_token(near_key of) {
  if (!leases()) co_return std::nullopt;
  model::request_context limited = until(of.deadline);
  model::request asked = on(in_order(std::move(of), leases()), verb::get, want::cas | want::marks);
  asked.vivify = exptime_of(options_.lease);
  model::response const answer = co_await parts_.near.handle(asked, limited);
  co_return token_of(answer);
}

base::task<model::response> near_side::fill(near_key of, near_item item, std::uint32_t flags,
                                            std::chrono::seconds time, std::optional<near_token> token) {
  model::request_context limited = until(of.deadline);
  model::request asked = on(in_order(std::move(of), leases()), token ? verb::set : verb::add, want::nothing);
  asked.value = leases() ? framed(item.cas, item.value, time) : item.value;
  asked.flags = flags;
  asked.expires = exptime_of(time + options_.stale_for);
  if (token) demand(*token, asked);
  co_return co_await parts_.near.handle(asked, limited);
}

base::task<model::response> near_side::give_up(near_key of, near_token token, bool is_nothing) {
  bool const remember = is_nothing && options_.negative_ttl.count() > 0;
  model::request_context limited = until(of.deadline);
  model::request asked =
      on(in_order(std::move(of), leases()), remember ? verb::set : verb::remove, want::nothing);
  if (remember) {
    asked.value = make_near_nothing();
    asked.expires = exptime_of(options_.negative_ttl);
  }
  demand(token, asked);
  co_return co_await parts_.near.handle(asked, limited);
}

base::task<bool> near_side::store(model::request asked, std::uint64_t cas, std::chrono::seconds time,
                                  std::optional<near_token> token, base::time_point deadline) {
  if (time.count() == 0 || (leases() && !token)) co_return false;
  if (leases()) asked.value = framed(cas, asked.value, time);
  if (!leases()) asked.client = 0;
  asked.wanted = want::nothing;
  asked.expires = exptime_of(time + options_.stale_for);
  if (token) demand(*token, asked);
  model::request_context limited = until(deadline);
  model::response const answer = co_await parts_.near.handle(asked, limited);
  co_return answer.hit();
}

base::task<void> near_side::remove(near_key of) {
  model::request_context limited = until(of.deadline);
  model::request const asked = on(in_order(std::move(of), leases()), verb::remove, want::nothing);
  model::response const answer = co_await parts_.near.handle(asked, limited);
  if (answer.status != status::server_error) co_return;
  parts_.missed.remember(asked.key.view());
  metrics_.missed.add();
  replays_.begin();
}

base::task<void> near_side::mark(near_key of) {
  model::request_context limited = until(of.deadline);
  model::request look = on(in_order(of, leases()), verb::get, want::cas | want::ttl | want::marks);
  look.options = model::option::unseen;
  model::response const found = co_await parts_.near.handle(look, limited);
  if (found.status == status::not_found) co_return;  // and no token is good any more
  status said = status::server_error;
  if (found.hit() && found.cas != 0) said = co_await mark_for(of, found);
  if (said != status::ok && said != status::not_found) co_await remove(std::move(of));
}

/// What is marked already, or over, keeps its time, so that it is not answered for longer than `stale_for` however often it is
/// invalidated. Where the item is another by now, it gets no more than that.
base::task<model::status> near_side::mark_for(near_key const& of, model::response const& found) {
  model::request_context limited = until(of.deadline);
  model::request asked = on(in_order(of, leases()), verb::remove, want::nothing);
  asked.options = model::option::invalidate;
  std::int64_t const most = options_.stale_for.count();
  bool const is_good = found.ttl < 0 || found.ttl > most;
  if (!is_good) {
    asked.compare_cas = found.cas;
    model::response const answer = co_await parts_.near.handle(asked, limited);
    if (answer.status != status::exists) co_return answer.status;
    asked.compare_cas.reset();
  }
  asked.options = asked.options | model::option::renew;
  asked.expires = model::exptime(is_good ? most : std::max<std::int64_t>(found.ttl, 1));
  model::response const answer = co_await parts_.near.handle(asked, limited);
  co_return answer.status;
}

base::task<void> near_side::offer(near_key of, near_token token) {
  model::request_context limited = until(of.deadline);
  model::request asked = on(in_order(std::move(of), leases()), verb::remove, want::nothing);
  asked.options = model::option::invalidate;
  demand(token, asked);
  co_await parts_.near.handle(asked, limited);
}

base::task<void> near_side::flush(model::request asked) {
  if (!leases()) asked.client = 0;
  model::response const answer = co_await parts_.near.handle(asked, context_);
  if (!answer.failed()) co_return;
  parts_.missed.remember_everything();
  metrics_.missed.add();
  replays_.begin();
}

void near_side::remove_later(base::slice const& key) {
  parts_.missed.remember_doubtful(key.view());
  replays_.begin();
}

void near_side::flush_later() {
  parts_.missed.remember_everything_doubtful();
  replays_.begin();
}

model::copy_times near_side::copy_times() const {
  auto const longest = std::max(options_.l1_ttl + options_.stale_for, options_.negative_ttl);
  return {parts_.settle, longest + std::chrono::seconds(2)};
}

base::task<bool> near_side::replay(model::missed_removals::due what) {
  if (what.doubtful) {
    bool const over = co_await doubt_is_over(what);
    if (!over) co_return false;
  }
  bool const all = what.key.empty();
  model::request const asked =
      on(base::slice::copy_of(what.key), all ? verb::flush : verb::remove, want::nothing);
  model::response const answer = co_await parts_.near.handle(asked, context_);
  if (all && is_refused(answer)) {
    if (!what.doubtful) co_return is_outlived(what, answer.message.view());
    parts_.missed.count_as_missed(what);
    co_return false;
  }
  if (answer.failed()) co_return false;
  metrics_.replayed.add();
  co_return true;
}

/// Whether L2 has executed what it may have received.
base::task<bool> near_side::doubt_is_over(model::missed_removals::due const& what) {
  base::slice const key = base::slice::copy_of(what.key);
  for (int answers = 0; answers < 2; ++answers) {
    bool answered = false;
    if (key.empty()) {
      answered = co_await parts_.far.reach(context_);
    } else {
      answered = co_await far_answers(key);
    }
    if (!answered) co_return false;
  }
  co_return true;
}

/// A memcached that was started with -F keeps what it has until the time of that is over; nobody reads it meanwhile.
bool near_side::is_outlived(model::missed_removals::due const& flush, std::string_view why) {
  base::time_point const now = context_.clock.now();
  if (refused_.version != flush.version) {
    model::copy_times const times = copy_times();
    refused_ = {flush.version, now + times.settle + times.life};
    base::log_warning("backend {}: L1 does not let itself be flushed ({}), and is not read for {} s",
                      backend_, why,
                      std::chrono::ceil<std::chrono::seconds>(times.settle + times.life).count());
  }
  return now >= refused_.outlived;
}

base::task<bool> near_side::far_answers(base::slice key) {
  if (far_fails_) co_return false;
  model::request const asked = on(std::move(key), verb::get, want::value);
  model::request_context of_authority = context_;  // a replica does not know what the master has received
  of_authority.of_authority = true;
  model::response const answer = co_await parts_.far.handle(asked, of_authority);
  if (!answer.failed()) co_return true;
  far_fails_ = answer.failure != base::error_kind::refused;  // as of a key of another type
  co_return !far_fails_;
}

base::slice near_side::framed(std::uint64_t cas, base::slice const& value, std::chrono::seconds time) const {
  std::int64_t const old_at_ms = serves_stale() ? context_.clock.unix_ms() + time.count() * 1000 : 0;
  return make_near_item(cas, value, old_at_ms);
}

std::chrono::seconds near_side::time_for(model::exptime expires, base::time_point started) const {
  if (expires.never()) return options_.l1_ttl;
  std::int64_t const now = context_.clock.unix_ms() / 1000;
  if (expires.expired(now)) return std::chrono::seconds(0);
  // The absolute time is counted from now, the relative one from when L2 was asked.
  auto const gone = std::chrono::duration_cast<std::chrono::seconds>(context_.clock.now() - started);
  std::int64_t const left = expires.remaining(now) - (expires.absolute() ? 0 : gone.count()) - 1;
  return std::clamp(std::chrono::seconds(left), std::chrono::seconds(0), options_.l1_ttl);
}

}  // namespace tandem::tier
