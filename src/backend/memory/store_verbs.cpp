// What each verb does to its item; store_marks.cpp has leases and stale marks, store.cpp the rest of the store.
#include "backend/memory/decimal.hpp"
#include "backend/memory/store.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace tandem::backend::memory {
namespace {

using model::option;
using model::request;
using model::response;
using model::status;
using model::verb;

bool wrong_cas(request const& asked, item const& found) {
  return model::compares_cas(asked) && *asked.compare_cas != found.cas;
}

/// What a storing verb makes of the item that is there. A cas turns set and replace into cas; add ignores it.
status verdict(request const& asked, item const* old) {
  if (asked.command == verb::add) return old ? status::not_stored : status::ok;
  if (asked.compare_cas && !old) return status::not_found;
  if (asked.compare_cas) return wrong_cas(asked, *old) ? status::exists : status::ok;
  return asked.command == verb::replace && !old ? status::not_stored : status::ok;
}

std::uint64_t counted(request const& asked, std::uint64_t value) {
  if (asked.command == verb::increment) return value + asked.delta;
  return value > asked.delta ? value - asked.delta : 0;
}

/// A number in decimal digits.
class digits {
 public:
  explicit digits(std::uint64_t number)
      : size_(static_cast<std::size_t>(std::to_chars(text_, text_ + sizeof(text_), number).ptr - text_)) {}
  std::string_view view() const { return {text_, size_}; }

 private:
  char text_[20];
  std::size_t size_;
};

}  // namespace

void store::describe(item const& found, request const& asked, moment now, response& answer) const {
  answer.cas = found.cas;
  answer.flags = found.flags;
  answer.size = found.value_size;
  answer.fetched = found.fetched;
  answer.idle = now.idle_seconds(found);
  if (model::includes(asked.wanted, model::want::ttl)) answer.ttl = now.seconds_left(found);
}

void store::renew_expiry(model::exptime expires, item& found, spot here) {
  std::int64_t const expires_ms = deadline(expires, here.now);
  here.stripe.expire_at(&found, expires_ms == expiry_over ? here.now.now_ms : expires_ms);
}

response store::read(request const& asked, spot here) {
  auto const locked = here.stripe.lock();
  item* const found = here.stripe.find(here.key, here.hash, here.now);
  return found ? tell(asked, *found, here) : response::of(status::not_found);
}

response store::touch(request const& asked, spot here) {
  auto const locked = here.stripe.lock();
  item* const found = here.stripe.find(here.key, here.hash, here.now);
  if (!found) return response::of(status::not_found);
  if (wrong_cas(asked, *found)) return response::of(status::exists);
  renew_expiry(asked.expires, *found, here);
  here.stripe.note_fetch(found, here.now);
  response answer;
  describe(*found, asked, here.now, answer);
  return answer;
}

response store::remove(request const& asked, spot here) {
  auto const locked = here.stripe.lock();
  item* const found = here.stripe.find(here.key, here.hash, here.now);
  if (!found) return response::of(status::not_found);
  if (wrong_cas(asked, *found)) return response::of(status::exists);
  bool const hollow = includes(asked.options, option::hollow);
  bool const invalid = includes(asked.options, option::invalidate);
  if (!hollow && !invalid) here.stripe.erase(found);
  item* const left = hollow ? hollow_out(asked, found, here) : found;
  if (!invalid || !left) return response();
  if (includes(asked.options, option::renew)) renew_expiry(asked.expires, *left, here);
  left->stale = true;
  left->claimed = false;
  left->cas = cas_for(asked);
  return response();
}

/// The item that is in the place of `found` then; null if its time is over already.
item* store::hollow_out(request const& asked, item* found, spot here) {
  std::uint64_t const cas = asked.new_cas.value_or(found->cas);
  reservation none(budget_);  // what there was is never smaller
  response unused;
  put_value(asked, "", asked.expires, found, here, none, unused);
  item* const made = here.stripe.find(here.key, here.hash, here.now);
  if (made) made->cas = cas;
  return made;
}

response store::grow(request const& asked, spot here) {
  reservation room(budget_);
  for (;;) {
    response answer;
    std::size_t missing = 0;
    {
      auto const locked = here.stripe.lock();
      missing = attempt(asked, here, room, answer);
    }
    if (missing == 0) return answer;
    gather(room, missing, here);
  }
}

std::size_t store::attempt(request const& asked, spot here, reservation& room, response& answer) {
  if (model::extends(asked.command)) return extend(asked, here, room, answer);
  if (model::counts(asked.command)) return count(asked, here, room, answer);
  if (asked.vivify) return lease(asked, here, room, answer);
  return put(asked, here, room, answer);
}

std::size_t store::put(request const& asked, spot here, reservation& room, response& answer) {
  item* const old = here.stripe.find(here.key, here.hash, here.now);
  std::size_t const charge = item::charge_for(here.key.size(), asked.value.size());
  if (charge > item_max_ || asked.value.size() > item::value_max || here.key.size() > item::key_max) {
    // As memcached does: a reader must not take the old value for the one that was to replace it.
    if (old && asked.command == verb::set) here.stripe.erase(old);
    answer.status = status::too_large;
    return 0;
  }
  answer.status = verdict(asked, old);
  bool const older =
      answer.status == status::exists && *asked.compare_cas != 0 && *asked.compare_cas < old->cas;
  bool const stale = older && includes(asked.options, option::invalidate);
  if (answer.status != status::ok && !stale) {
    if (old) here.stripe.note_use(old);
    return 0;
  }
  answer.status = status::ok;
  if (stale) return put_stale(asked, old, here, room, answer);
  return put_value(asked, asked.value.view(), asked.expires, old, here, room, answer);
}

std::size_t store::put_value(request const& asked, std::string_view value, model::exptime expires, item* old,
                             spot here, reservation& room, response& answer) {
  std::int64_t const expires_ms = deadline(expires, here.now);
  if (expires_ms == expiry_over) {
    if (old) here.stripe.erase(old);
    answer.cas = cas_for(asked);
    answer.ttl = 0;
    answer.size = static_cast<std::uint32_t>(value.size());
    return 0;
  }
  std::size_t const spare = old ? old->charge() : 0;
  std::size_t const charge = item::charge_for(here.key.size(), value.size());
  std::size_t const missing = charge > spare ? charge - spare : 0;
  if (!here.stripe.make_room(room, missing, here.hash, here.now)) return missing;
  item* const made = here.stripe.renew(old, here.key, here.hash, value.size(), room);
  std::memcpy(made->value_data(), value.data(), value.size());
  made->flags = asked.flags;
  made->cas = cas_for(asked);
  start_anew(*made, here);
  here.stripe.expire_at(made, expires_ms);
  describe(*made, asked, here.now, answer);
  return 0;
}

std::size_t store::extend(request const& asked, spot here, reservation& room, response& answer) {
  item* const old = here.stripe.find(here.key, here.hash, here.now);
  bool const makes = !old && asked.vivify;
  answer.status = makes                    ? status::ok
                  : !old                   ? status::not_stored
                  : wrong_cas(asked, *old) ? status::exists
                                           : status::ok;
  if (answer.status != status::ok) return 0;
  std::string_view const more = asked.value.view();
  std::size_t const before = old ? old->value_size : 0;
  std::size_t const charge = item::charge_for(here.key.size(), before + more.size());
  if (charge > item_max_ || before + more.size() > extended_max_) {
    // As memcached answers.
    bool const alone = item::charge_for(here.key.size(), more.size()) > item_max_;
    answer.status = alone ? status::too_large : status::not_stored;
    return 0;
  }
  if (makes) return put_value(asked, more, *asked.vivify, nullptr, here, room, answer);
  std::size_t const missing = charge - old->charge();
  if (!here.stripe.make_room(room, missing, here.hash, here.now)) return missing;
  item* const grown = here.stripe.enlarge(old, before + more.size(), room);
  bool const in_front = asked.command == verb::prepend;
  if (in_front) std::memmove(grown->value_data() + more.size(), grown->value_data(), before);
  std::memcpy(grown->value_data() + (in_front ? 0 : before), more.data(), more.size());
  grown->cas = cas_for(asked);
  start_anew(*grown, here);
  describe(*grown, asked, here.now, answer);
  return 0;
}

std::size_t store::count(request const& asked, spot here, reservation& room, response& answer) {
  item* const old = here.stripe.find(here.key, here.hash, here.now);
  if (!old && !asked.vivify) {
    answer.status = status::not_found;
    return 0;
  }
  if (!old) {
    answer.number = asked.initial;
    answer.created = true;
    std::size_t const missing =
        put_value(asked, digits(asked.initial).view(), *asked.vivify, nullptr, here, room, answer);
    if (includes(asked.options, option::ttl_first)) answer.ttl = -1;
    return missing;
  }
  answer.status = old->value_size == 0     ? status::non_numeric
                  : wrong_cas(asked, *old) ? status::exists
                                           : status::ok;
  if (answer.status != status::ok) return 0;
  std::optional<std::uint64_t> const value = read_decimal(old->value());
  if (!value) {
    answer.status = status::non_numeric;
    return 0;
  }
  answer.number = counted(asked, *value);
  return overwrite(asked, digits(answer.number).view(), old, here, room, answer);
}

/// Writes a number over the old one, which only ever grows: memcached pads a shorter one with spaces.
std::size_t store::overwrite(request const& asked, std::string_view number, item* old, spot here,
                             reservation& room, response& answer) {
  std::size_t const size = std::max<std::size_t>(old->value_size, number.size());
  std::size_t const missing = item::charge_for(here.key.size(), size) - old->charge();
  if (!here.stripe.make_room(room, missing, here.hash, here.now)) return missing;
  bool const grows = size > old->value_size;
  item* const changed = here.stripe.enlarge(old, size, room);
  if (grows) start_anew(*changed, here);
  std::memcpy(changed->value_data(), number.data(), number.size());
  std::memset(changed->value_data() + number.size(), ' ', size - number.size());
  changed->cas = cas_for(asked);
  std::int64_t const ttl_before = here.now.seconds_left(*changed);
  if (includes(asked.options, option::renew)) renew_expiry(asked.expires, *changed, here);
  describe(*changed, asked, here.now, answer);
  if (includes(asked.options, option::ttl_first)) answer.ttl = ttl_before;
  return 0;
}

}  // namespace tandem::backend::memory
