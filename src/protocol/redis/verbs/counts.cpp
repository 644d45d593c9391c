#include "protocol/redis/verbs/answers.hpp"
#include "protocol/redis/verbs/arguments.hpp"
#include "protocol/redis/verbs/groups.hpp"

#include <charconv>
#include <string>

namespace tandem::protocol::redis {

using model::option;

namespace {

/// When the script is to tell how long the item lives.
std::string_view wanted_ttl(model::request const& asked) {
  if (!includes(asked.wanted, model::want::ttl)) return "";
  return includes(asked.options, option::ttl_first) ? "before" : "after";
}

/// A number, or OK for the item that there was to be.
std::optional<model::response> read_number(phrase const& said, reply const& received) {
  model::response answer = stored(said);
  if (received.is_status("OK")) {
    if (!said.asked.vivify) return std::nullopt;
    answer.number = said.asked.initial;
    answer.created = true;
    return answer;
  }
  if (!received.is(reply_kind::string)) return read_status(said, received);
  std::string_view const digits = received.text.view();
  auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), answer.number);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return answer;
}

bool read_ttl(phrase const& said, std::int64_t pttl, model::response& answer) {
  bool const was_there = !(answer.created && includes(said.asked.options, option::ttl_first));
  if (was_there) answer.ttl = seconds_left(pttl);
  return includes(said.asked.wanted, model::want::ttl);
}

}  // namespace

void encode_count(phrase const& said, command_writer& commands) {
  model::request const& asked = said.asked;
  renewal renews{"", {}};
  if (includes(asked.options, option::renew)) renews = renewal_of(asked.expires);
  auto const call = [&](auto const&... made) {
    call_script(said, script_name::count, commands, asked.command == model::verb::increment ? "+" : "-",
                asked.delta, stamp_bytes(said.how.stamp), compared_cas(asked), renews, wanted_ttl(asked),
                wanted_cas(asked), made...);
  };
  if (!asked.vivify) return call();
  base::slice const initial = base::slice::copy_of(std::to_string(asked.initial));
  stored_item const first(said, *asked.vivify, initial);
  call(first.word(), expiry_of(*asked.vivify));
}

std::optional<model::response> read_count(phrase const& said, reply const& received) {
  return read_detailed(said, received, read_number, read_ttl);
}

}  // namespace tandem::protocol::redis
