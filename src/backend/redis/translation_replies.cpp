// How replies are read.
#include "backend/redis/translation.hpp"
#include "model/refusal.hpp"

#include <fmt/format.h>

#include <charconv>

namespace tandem::backend::redis {

namespace resp = protocol::redis;
using model::status;
using model::verb;
using resp::reply;
using resp::reply_kind;
using resp::script_name;

namespace {

/// What `me` tells: memcached's names, for what Redis knows of them.
std::string described(model::response const& item) {
  return fmt::format("exp={} cas={} size={}", item.ttl, item.cas, item.size);
}

/// PTTL's answer in seconds, of a key that was there a moment ago.
std::int64_t seconds_left(std::int64_t pttl) {
  if (pttl == -1) return -1;
  return pttl < 0 ? 0 : (pttl + 999) / 1000;
}

/// The number that a script tells besides its answer: of append and prepend the size, of a count the time that remains.
bool read_number(model::request const& asked, std::int64_t number, model::response& answer) {
  if (model::traits(asked.command).has_value) {
    answer.size = static_cast<std::uint32_t>(number);
    return includes(asked.wanted, model::want::size);
  }
  bool const was_there = !(answer.created && includes(asked.options, model::option::ttl_first));
  if (was_there) answer.ttl = seconds_left(number);
  return includes(asked.wanted, model::want::ttl);
}

model::response oversized(std::uint64_t bytes) {
  auto answer = model::response::of(status::too_large);
  answer.size = static_cast<std::uint32_t>(bytes);
  return answer;
}

/// What a script tells besides its answer, and was asked for: a number, or the item's cas in sixteen digits. False if it
/// makes no sense.
bool read_detail(model::request const& asked, reply const& told, model::response& answer) {
  if (told.is(reply_kind::integer)) return read_number(asked, told.number, answer);
  if (!told.is(reply_kind::string) || !includes(asked.wanted, model::want::cas)) return false;
  std::string_view const digits = told.text.view();
  auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), answer.cas, 16);
  return digits.size() == 16 && failed == std::errc() && end == digits.data() + digits.size();
}

}  // namespace

std::optional<model::response> translation::read(model::request const& asked, plan const& how,
                                                 std::span<reply const> replies) const {
  bool const asks_ttl = how.replies > 1;
  if (!asks_ttl) return read_answer(asked, how, replies.front());
  bool const ttl_first = includes(asked.options, model::option::ttl_first);
  reply const& ttl = ttl_first ? replies.front() : replies.back();
  if (!ttl.is(reply_kind::integer)) return std::nullopt;
  auto answer = read_answer(asked, how, ttl_first ? replies.back() : replies.front());
  if (!answer || !answer->hit()) return answer;
  answer->ttl = seconds_left(ttl.number);
  if (asked.command == verb::debug) answer->value = base::slice::copy_of(described(*answer));
  return answer;
}

std::optional<model::response> translation::read_answer(model::request const& asked, plan const& how,
                                                        reply const& received) const {
  if (how.script) return read_script(asked, how, received);
  switch (asked.command) {
    case verb::get:
    case verb::get_and_touch:
    case verb::touch:
    case verb::debug: return read_item(asked, received);
    case verb::set:
    case verb::add:
    case verb::replace:
      if (received.is_status("OK")) return stored(asked, how);
      if (received.is(reply_kind::nil) && asked.command != verb::set)
        return model::response::of(status::not_stored);
      return std::nullopt;
    case verb::remove:
      if (!received.is(reply_kind::integer)) return std::nullopt;
      return model::response::of(received.number == 0 ? status::not_found : status::ok);
    case verb::append:
    case verb::prepend:
    case verb::cas:
    case verb::increment:
    case verb::decrement:
    case verb::flush: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<model::response> translation::read_item(model::request const& asked, reply const& found) const {
  if (found.is(reply_kind::nil)) return model::response::of(status::not_found);
  if (found.is(reply_kind::oversized)) return oversized(static_cast<std::uint64_t>(found.number));
  if (!found.is(reply_kind::string)) return std::nullopt;
  resp::item const item = resp::read_item(encoding_, found.text);
  if (item.value.size() > value_max_) return oversized(item.value.size());
  model::response answer;
  answer.flags = item.flags;
  answer.cas = item.cas;
  answer.value = item.value;
  answer.size = static_cast<std::uint32_t>(item.value.size());
  bool const tells_cas = includes(asked.wanted, model::want::cas) || asked.command == verb::debug;
  if (item.cas == 0 && tells_cas) answer.cas = resp::content_cas(found.text.view());
  return answer;
}

/// Of an item that is now as the request wanted it.
std::optional<model::response> translation::stored(model::request const& asked, plan const& how) const {
  model::response answer;
  if (encoding_ == encoding::framed) answer.cas = how.stamp.number;
  bool const whole = encoding_ == encoding::plain && stores_flags(asked.command);
  if (whole && model::includes(asked.wanted, model::want::cas))
    answer.cas = resp::content_cas(asked.value.view());
  return answer;
}

/// A number, or OK for the item that there was to be.
std::optional<model::response> translation::read_count(model::request const& asked, plan const& how,
                                                       reply const& received) const {
  auto answer = stored(asked, how);
  if (received.is_status("OK")) {
    if (!asked.vivify) return std::nullopt;
    answer->number = asked.initial;
    answer->created = true;
    return answer;
  }
  if (!received.is(reply_kind::string)) return read_status(asked, how, received);
  std::string_view const digits = received.text.view();
  auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), answer->number);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return answer;
}

/// The answer alone, or an array of it and what else was asked for.
std::optional<model::response> translation::read_script(model::request const& asked, plan const& how,
                                                        reply const& received) const {
  auto const read_outcome = [&](reply const& outcome) {
    return how.script == script_name::count ? read_count(asked, how, outcome)
                                            : read_status(asked, how, outcome);
  };
  if (!received.is(reply_kind::array)) return read_outcome(received);
  if (received.elements.size() < 2) return std::nullopt;
  auto answer = read_outcome(received.elements.front());
  if (!answer || !answer->hit()) return std::nullopt;
  for (reply const& each : std::span(received.elements).subspan(1)) {
    if (!read_detail(asked, each, *answer)) return std::nullopt;
  }
  return answer;
}

std::optional<model::response> translation::read_status(model::request const& asked, plan const& how,
                                                        reply const& received) const {
  if (received.is_status("OK")) {
    bool const writes = asked.command != verb::touch && asked.command != verb::remove;
    return writes ? stored(asked, how) : model::response();
  }
  if (received.is_status("NOT_FOUND")) return model::response::of(status::not_found);
  if (received.is_status("NOT_STORED")) return model::response::of(status::not_stored);
  if (received.is_status("EXISTS")) return model::response::of(status::exists);
  if (received.is_status("NON_NUMERIC")) return model::response::of(status::non_numeric);
  if (received.is_status("BARE") && asked.new_cas)
    return model::flag_refusal('E', backend_ + ": another program has stored the item");
  return std::nullopt;
}

}  // namespace tandem::backend::redis
