#include "net/server_health.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

namespace tandem::net {

std::shared_ptr<server_health::server> server_health::known_as(base::identity const& who,
                                                               guard_options const& options) {
  std::lock_guard const lock(mutex_);
  std::erase_if(servers_, [](auto const& each) { return each.second.expired(); });
  auto const found = std::ranges::find_if(servers_, [&who](auto const& each) { return each.first == who; });
  if (found != servers_.end()) {
    if (auto known = found->second.lock()) return known;
    servers_.erase(found);
  }
  auto made = std::make_shared<server>(options);
  servers_.emplace_back(who, made);
  return made;
}

void server_health::named(server& one, server_name const& as) {
  std::lock_guard const lock(mutex_);
  ++one.names_[as];
  ++names_[as];
}

void server_health::unnamed(server& one, server_name const& as) {
  std::lock_guard const lock(mutex_);
  if (--one.names_[as] == 0) one.names_.erase(as);
  if (--names_[as] > 0) return;
  names_.erase(as);
  if (gone_) gone_(as);
}

void server_health::began(server& at, bool was_troubled, trouble const& what) {
  std::lock_guard const lock(mutex_);
  if (!was_troubled) ++at.troubled_;
  at.last_trouble_ = what;
  if (!at.now_.failed(what.words)) return;
  say_(base::log_level::warning, fmt::format("{} {}: {}", names_of(at), effect_of(what.kind), what.words));
}

/// Also a link that saw nothing may be the one that proves the server well: those that saw the trouble may be gone.
void server_health::ended(server& at, bool was_troubled) {
  std::lock_guard const lock(mutex_);
  if (was_troubled) --at.troubled_;
  if (at.troubled_ == 0 && at.now_.over())
    say_(base::log_level::info, fmt::format("{} is well again", names_of(at)));
}

void server_health::left(server& at) {
  std::lock_guard const lock(mutex_);
  --at.troubled_;
}

bool server_health::server::claim_probe(base::time_point now, base::duration pause) {
  base::duration::rep last = last_probe_.load(std::memory_order_relaxed);
  base::duration::rep const moment = now.time_since_epoch().count();
  return moment - last >= pause.count() && last_probe_.compare_exchange_strong(last, moment);
}

bool server_health::spare_retry(server& at, base::time_point now) {
  std::lock_guard const lock(mutex_);
  return at.spare_retries_.take(now);
}

void server_health::heard(server& at, news const& what) {
  using enum news::what;
  std::lock_guard const lock(mutex_);
  policy::breaker& breaker = at.breaker_;
  policy::breaker::state const before = breaker.current();
  switch (what.happened) {
    case nothing: breaker.advance(what.now); break;
    case answered: breaker.answered(); break;
    case failed: breaker.failed(what.now, what.random); break;
    case unreachable: breaker.unreachable(what.now, what.random); break;
    case probe_succeeded: breaker.probe_succeeded(what.now); break;
    case probe_failed: breaker.probe_failed(what.now, what.random); break;
  }
  at.share_.store(breaker.share(), std::memory_order_relaxed);
  bool const closed = breaker.current() == policy::breaker::state::closed;
  using trust = server::trust;
  at.trust_.store(!closed               ? trust::none
                  : breaker.suspected() ? trust::suspected
                                        : trust::whole,
                  std::memory_order_relaxed);
  if (breaker.current() != before) say_change(at, before, what.happened);
}

namespace {

double in_seconds(base::duration time) { return std::chrono::duration<double>(time).count(); }

std::string_view why_left_alone(policy::breaker::state before, server_health::news::what because) {
  if (before == policy::breaker::state::returning) return "it has failed while it returned";
  return because == server_health::news::what::probe_failed ? "it does not answer"
                                                            : "it has failed too often in a row";
}

}  // namespace

std::string server_health::why_not_asked(server const& at, std::string_view key, base::time_point now) {
  std::lock_guard const lock(mutex_);
  policy::breaker const& breaker = at.breaker_;
  using enum policy::breaker::state;
  if (at.admits(key)) return {};
  if (breaker.current() == returning)
    return fmt::format("not asked for this key: it returns with {} % of its keys", breaker.share());
  if (breaker.flaps() > 0)
    return fmt::format(
        "left alone until every probe has succeeded for {:.0f} s: it has failed again soon "
        "after it returned",
        in_seconds(breaker.proof()));
  base::duration const left = breaker.pause_left(now);
  if (left < std::chrono::milliseconds(50)) return "left alone until a probe succeeds";
  return fmt::format("left alone for {:.1f} s more, and until a probe succeeds", in_seconds(left));
}

std::optional<trouble> server_health::trouble_of(server const& at) {
  std::lock_guard const lock(mutex_);
  return at.troubled_ > 0 ? at.last_trouble_ : std::nullopt;
}

void server_health::say_change(server const& at, policy::breaker::state before, news::what because) const {
  using enum policy::breaker::state;
  std::string const names = names_of(at);
  policy::breaker const& breaker = at.breaker_;
  switch (breaker.current()) {
    case open:
      if (breaker.flaps() > 0) {
        return say_(
            base::log_level::warning,
            fmt::format("{} is left alone: it has failed again soon after it returned, {} times in a row; it "
                        "returns when every probe has succeeded for {:.0f} s",
                        names, breaker.flaps(), in_seconds(breaker.proof())));
      }
      return say_(base::log_level::warning,
                  fmt::format("{} is left alone for {:.1f} s, and until a probe succeeds: {}", names,
                              in_seconds(breaker.pause()), why_left_alone(before, because)));
    case returning:
      return say_(base::log_level::info,
                  fmt::format("{} returns: {} % of its keys go there, and more step by step", names,
                              breaker.share()));
    case closed:
      if (before != closed) say_(base::log_level::info, fmt::format("{} has all of its keys again", names));
  }
}

std::string server_health::names_of(server const& one) {
  std::string all;
  for (auto const& [name, users] : one.names_) all += (all.empty() ? "" : ", ") + name.str();
  return all;
}

}  // namespace tandem::net
