#include "protocol/redis/verbs/answers.hpp"

#include "model/refusal.hpp"

#include <charconv>
#include <span>
#include <string>

namespace tandem::protocol::redis {

using model::status;
using model::verb;

namespace {

/// False if it makes no sense, or was not asked for.
bool read_cas(phrase const& said, reply const& told, model::response& answer) {
  if (!told.is(reply_kind::string) || !includes(said.asked.wanted, model::want::cas)) return false;
  std::string_view const digits = told.text.view();
  auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), answer.cas, 16);
  return digits.size() == 16 && failed == std::errc() && end == digits.data() + digits.size();
}

}  // namespace

std::int64_t seconds_left(std::int64_t pttl) {
  if (pttl == -1) return -1;
  return pttl < 0 ? 0 : (pttl + 999) / 1000;
}

model::response stored(phrase const& said) {
  model::response answer;
  encoding const how = said.options.encoding;
  if (how == encoding::framed) answer.cas = said.how.stamp.number;
  bool const whole = how == encoding::plain && model::stores_whole(said.asked.command);
  if (whole && includes(said.asked.wanted, model::want::cas))
    answer.cas = content_cas(said.asked.value.view());
  return answer;
}

std::optional<model::response> read_status(phrase const& said, reply const& received) {
  model::request const& asked = said.asked;
  if (received.is_status("OK")) {
    bool const writes = asked.command != verb::touch && asked.command != verb::remove;
    return writes ? stored(said) : model::response();
  }
  if (received.is_status("NOT_FOUND")) return model::response::of(status::not_found);
  if (received.is_status("NOT_STORED")) return model::response::of(status::not_stored);
  if (received.is_status("EXISTS")) return model::response::of(status::exists);
  if (received.is_status("NON_NUMERIC")) return model::response::of(status::non_numeric);
  if (received.is_status("BARE") && asked.new_cas)
    return model::flag_refusal('E', std::string(said.backend) + ": another program has stored the item");
  return std::nullopt;
}

std::optional<model::response> read_detailed(phrase const& said, reply const& received,
                                             reply_reader read_plain, number_reader read_number) {
  if (!received.is(reply_kind::array)) return read_plain(said, received);
  if (received.elements.size() < 2) return std::nullopt;
  auto answer = read_plain(said, received.elements.front());
  if (!answer || !answer->hit()) return std::nullopt;
  for (reply const& each : std::span(received.elements).subspan(1)) {
    bool const understood = each.is(reply_kind::integer) ? read_number(said, each.number, *answer)
                                                         : read_cas(said, each, *answer);
    if (!understood) return std::nullopt;
  }
  return answer;
}

}  // namespace tandem::protocol::redis
