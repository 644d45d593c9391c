#include "protocol/redis/structures/bitmap.hpp"

#include "protocol/redis/structures/json_answer.hpp"
#include "protocol/redis/verbs/arguments.hpp"

#include <algorithm>
#include <cctype>

namespace tandem::protocol::redis {

using model::status;
using model::verb;

enum bitmap::doing : std::uint8_t {
  tell_bit,
  set_bit,
  clear_bit,
  count_all,
  count_between,
  find_first,
};

namespace {

constexpr std::int64_t offset_max = 4'294'967'295;
constexpr std::string_view bad_offset = "an offset that is no number from 0 to 4294967295";

// Answers what the bit was. Nothing is made to be cleared.
script const& clear_script() {
  static script const made = make_script(R"(
if redis.call('GETBIT', KEYS[1], ARGV[1]) == 0 then return 0 end
return redis.call('SETBIT', KEYS[1], ARGV[1], 0)
)");
  return made;
}

// BITCOUNT takes offsets of bits from Redis 7 on. Here it counts the bytes that are wholly between, and single bits at their ends.
script const& bits_script() {
  static script const made = make_script(R"(
local from, to, found = tonumber(ARGV[1]), tonumber(ARGV[2]), 0
local function offset(number) return string.format('%.0f', number) end
local function each(first, last)
  for at = first, last do found = found + redis.call('GETBIT', KEYS[1], offset(at)) end
end
local first_byte, end_byte = math.ceil(from / 8), math.floor((to + 1) / 8)
if first_byte >= end_byte then
  each(from, to)
  return found
end
each(from, first_byte * 8 - 1)
each(end_byte * 8, to)
return found + redis.call('BITCOUNT', KEYS[1], offset(first_byte), offset(end_byte - 1))
)");
  return made;
}

std::optional<std::int64_t> read_offset(std::string_view text) {
  bool const digits = !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
  auto const read = digits ? read_whole(text) : std::nullopt;
  return read && *read <= offset_max ? read : std::nullopt;
}

}  // namespace

bitmap::act_or_refusal bitmap::act_for(model::request const& asked, structured_key const& key) const {
  if (key.is_part()) return act_on_bit(asked, key);
  if (key.is_whole() || asked.command != verb::get) return refusal(asked, key);
  return question(asked, key);
}

bitmap::act_or_refusal bitmap::act_on_bit(model::request const& asked, structured_key const& key) const {
  if (!read_offset(key.part)) return fault(bad_offset);
  std::string_view const value = asked.value.view();
  switch (asked.command) {
    case verb::get: return act{tell_bit};
    case verb::remove: return act{clear_bit, &clear_script()};
    case verb::set:
    case verb::add: break;
    default: return refusal(asked, key);
  }
  if (value != "0" && value != "1") return fault("a value other than 0 and 1");
  if (!asked.expires.never()) return fault("a time to live of one bit");
  if (value == "1") return act{set_bit};
  if (asked.command == verb::add) return fault("add of 0");
  return act{clear_bit, &clear_script()};
}

bitmap::act_or_refusal bitmap::question(model::request const& asked, structured_key const& key) const {
  auto const& given = key.arguments;
  if (key.asks("count", 0)) return act{count_all};
  if (key.asks("count", 2)) {
    bool const known = std::ranges::all_of(given, [](auto each) { return read_offset(each).has_value(); });
    return known ? act_or_refusal(act{count_between, &bits_script()}) : fault(bad_offset);
  }
  if (!key.asks("first", 1)) return refusal(asked, key);
  bool const known = given[0] == "0" || given[0] == "1";
  return known ? act_or_refusal(act{find_first}) : fault("the first of other than 0 and 1");
}

void bitmap::say(phrase const& said, command_writer& commands) const {
  structured_key const& at = *said.how.at;
  base::slice const& key = said.how.key;
  auto const offset = [](std::string_view text) { return read_offset(text).value_or(0); };
  switch (static_cast<doing>(said.how.act)) {
    case tell_bit: return commands.command("GETBIT", key, offset(at.part));
    case set_bit: return commands.command("SETBIT", key, offset(at.part), 1);
    case clear_bit: return call_script(said, clear_script(), commands, offset(at.part));
    case count_all: return commands.command("BITCOUNT", key);
    case count_between:
      return call_script(said, bits_script(), commands, offset(at.arguments[0]), offset(at.arguments[1]));
    case find_first: return commands.command("BITPOS", key, at.arguments[0]);
  }
}

std::optional<model::response> bitmap::understand(phrase const& said, std::span<reply const> replies) const {
  reply const& told = replies.front();
  if (!told.is(reply_kind::integer)) return std::nullopt;
  bool const was_set = told.number > 0;
  switch (static_cast<doing>(said.how.act)) {
    case tell_bit:
    case count_all:
    case count_between: return number_answer(told.number);
    case find_first:
      if (told.number < 0 || told.number > offset_max) return model::response::of(status::not_found);
      return number_answer(told.number);
    case set_bit:
    case clear_bit: break;
  }
  if (said.asked.command == verb::add && was_set) return model::response::of(status::not_stored);
  if (said.asked.command == verb::remove && !was_set) return model::response::of(status::not_found);
  return model::response();
}

}  // namespace tandem::protocol::redis
