// Leases and stale marks, and what an item tells of itself besides its value: what the meta protocol asks of a store.
#include "backend/memory/store.hpp"

#include <fmt/format.h>

namespace tandem::backend::memory {

using model::option;
using model::request;
using model::response;
using model::status;
using model::verb;

/// Nothing is known of it but its content.
void store::start_anew(item& made, spot here) {
  made.fetched = made.stale = made.claimed = false;
  // Not those of the request's moment: what replaces an item that came after a flush must not be of before it.
  made.flushes = flushes_.load(std::memory_order_relaxed);
  made.accessed_s = here.now.seconds();
}

response store::tell(request const& asked, item& found, spot here) {
  bool const recache_first = includes(asked.options, option::recache_first);
  bool won = recache_first && lives_shorter(found, asked, here.now);
  response answer;
  std::int64_t const ttl_before = here.now.seconds_left(found);
  if (asked.command == verb::get_and_touch) renew_expiry(asked.expires, found, here);
  if (!recache_first) won = lives_shorter(found, asked, here.now);
  describe(found, asked, here.now, answer);
  if (includes(asked.options, option::ttl_first)) answer.ttl = ttl_before;
  if (includes(asked.wanted, model::want::marks)) tell_marks(found, won, answer);
  if (!includes(asked.options, option::unseen)) here.stripe.note_fetch(&found, here.now);
  // A copy, made here: chunks stay with their thread, and the item may be gone as soon as the lock is.
  if (includes(asked.wanted, model::want::value)) answer.value = base::slice::copy_of(found.value());
  return answer;
}

bool store::lives_shorter(item const& found, request const& asked, moment now) const {
  if (!asked.recache || found.expires_ms == 0) return false;
  std::int64_t const until = deadline(*asked.recache, now);
  if (until == 0 || until == expiry_over) return false;
  return now.seconds_left(found) < now.seconds_until(until);
}

/// Whoever is told first to store the item anew has claimed it.
void store::tell_marks(item& found, bool won, response& answer) const {
  answer.claimed = found.claimed;
  answer.stale = found.stale;
  answer.won = !found.claimed && (won || found.stale);
  if (answer.won) found.claimed = true;
}

std::size_t store::lease(request const& asked, spot here, reservation& room, response& answer) {
  item* const old = here.stripe.find(here.key, here.hash, here.now);
  if (old) {
    answer = tell(asked, *old, here);
    return 0;
  }
  std::size_t const missing = put_value(asked, "", *asked.vivify, nullptr, here, room, answer);
  if (missing != 0) return missing;
  answer.won = true;
  if (includes(asked.options, option::ttl_first)) answer.ttl = -1;
  item* const made = here.stripe.find(here.key, here.hash, here.now);
  if (made) made->claimed = true;
  if (made && !includes(asked.options, option::unseen)) here.stripe.note_fetch(made, here.now);
  return 0;
}

/// The item keeps its time to live, and whose turn it is.
std::size_t store::put_stale(request const& asked, item* old, spot here, reservation& room,
                             response& answer) {
  std::int64_t const expires_ms = old->expires_ms;
  bool const claimed = old->claimed;
  std::size_t const missing = put_value(asked, asked.value.view(), model::exptime(), old, here, room, answer);
  if (missing != 0) return missing;
  item* const made = here.stripe.find(here.key, here.hash, here.now);
  made->stale = true;
  made->claimed = claimed;
  here.stripe.expire_at(made, expires_ms);
  return 0;
}

/// memcached's names for what is known here.
response store::debug(spot here) {
  auto const locked = here.stripe.lock();
  item* const found = here.stripe.find(here.key, here.hash, here.now);
  if (!found) return response::of(status::not_found);
  response answer;
  answer.value = base::slice::copy_of(
      fmt::format("exp={} la={} cas={} fetch={} size={}", here.now.seconds_left(*found),
                  here.now.idle_seconds(*found), found->cas, found->fetched ? "yes" : "no", found->charge()));
  return answer;
}

}  // namespace tandem::backend::memory
