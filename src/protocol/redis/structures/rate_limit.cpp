#include "protocol/redis/structures/rate_limit.hpp"

#include "protocol/redis/structures/json_answer.hpp"
#include "protocol/redis/verbs/answers.hpp"
#include "protocol/redis/verbs/arguments.hpp"

#include <fmt/format.h>

#include <array>

namespace tandem::protocol::redis {

using model::status;
using model::verb;

enum rate_limit::doing : std::uint8_t {
  used,
  left,
  wait,
  start,
  restart,
  take,
  give_back,
};

namespace {

// By what is done.
constexpr std::array<std::string_view, 7> limit_words{"used", "left", "wait", "add", "set", "incr", "decr"};

// ARGV: a word, its number, the limit, its time in milliseconds, what may be counted at once. The server's clock may be behind that
// of the one before, but time does not go back. Before Redis 7, who writes after TIME says first that effects are replicated.
constexpr std::string_view limit_head = R"(
if redis.replicate_commands then redis.replicate_commands() end
local key, word, number = KEYS[1], ARGV[1], tonumber(ARGV[2])
local limit, per, most = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local raw, at, count, last = redis.call('GET', key), nil, 0, 0
if raw then
  local kind, a, c, l = raw:match('^tandem:(%a+:%d+) (%d+) (%d+) (%d+)$')
  if not kind then return {err = 'WRONGTYPE not a rate limit'} end
  if kind == algorithm .. ':' .. ARGV[4] then at, count, last = tonumber(a), tonumber(c), tonumber(l) end
end
local time = redis.call('TIME')
local now = math.max(time[1] * 1000 + math.floor(time[2] / 1000), at or 0)
local start = now - now % per
)";

// What an algorithm has: at, none if nothing is counted; used(), take(), give(), restart(), for how long that matters, and
// how long a cost of 1 has to wait if it has to.
constexpr std::string_view fixed_window = R"(
if at ~= start then at, count = nil, 0 end
local function used() return count end
local function take(n) count = count + n end
local function give(n) count = math.max(count - n, 0) end
local function restart() at, count = start, 0 end
local function lives() return start + per - now end
local function wait() return start + per - now end
)";

constexpr std::string_view sliding_window = R"(
if at and at + per == start then at, count, last = start, 0, count end
if at ~= start then at, count, last = nil, 0, 0 end
local function used() return count + math.ceil(last * (start + per - now) / per) end
local function take(n) count = count + n end
local function give(n)
  last = math.max(last - math.max(n - count, 0), 0)
  count = math.max(count - n, 0)
end
local function restart() at, count, last = start, 0, 0 end
local function lives() return start + 2 * per - now end
local function wait()
  local room = most - 1 - count
  if room >= 0 then return math.ceil(start + per - now - per * room / last) end
  return math.ceil(start + 2 * per - now - per * (most - 1) / count)
end
)";

constexpr std::string_view leaky_bucket = R"(
if at then at, count = now, math.max(count - (now - at) * limit, 0) end
local function used() return math.ceil(count / per) end
local function take(n) count = count + n * per end
local function give(n) count = math.max(count - n * per, 0) end
local function restart() at, count = now, 0 end
local function lives() return per end
local function wait() return math.ceil((count + per - most * per) / limit) end
)";

constexpr std::string_view limit_tail = R"(
local function told() return used() > most and limit + 1 or used() end
local function keep()
  redis.call('SET', key, string.format('tandem:%s:%s %.0f %.0f %.0f', algorithm, ARGV[4], at, count, last), 'PX', lives())
end
if word == 'used' then return at and told() end
if word == 'left' then return math.max(most - used(), 0) end
if word == 'wait' then return used() < most and 0 or wait() end
if word == 'decr' then
  if at then give(number) keep() end
  return told()
end
if word == 'incr' then
  if used() + number > most then return limit + 1 end
  if not at then restart() end
  take(number)
  keep()
  return told()
end
if word == 'add' and at then return {ok = 'NOT_STORED'} end
restart()
take(number)
keep()
return {ok = 'OK'}
)";

script made_of(std::string_view algorithm, std::string_view body) {
  return make_script(fmt::format("\nlocal algorithm = '{}'{}{}{}", algorithm, limit_head, body, limit_tail));
}

script const& limit_script(model::rate_limit_options::algorithm counted) {
  using enum model::rate_limit_options::algorithm;
  static script const of_fixed = made_of("fixed", fixed_window);
  static script const of_sliding = made_of("sliding", sliding_window);
  static script const of_bucket = made_of("bucket", leaky_bucket);
  switch (counted) {
    case fixed: return of_fixed;
    case sliding: return of_sliding;
    case bucket: return of_bucket;
  }
  return of_sliding;
}

}  // namespace

rate_limit::act rate_limit::called(doing what) const {
  // A window that begins again a second time would forget what others have counted since the first.
  return {what, &limit_script(limit().counted), 1, what == restart};
}

rate_limit::act_or_refusal rate_limit::act_for(model::request const& asked, structured_key const& key) const {
  if (key.is_whole()) return act_on_whole(asked, key);
  if (key.is_part()) return fault(fmt::format("{} of a part", model::traits(asked.command).name));
  return question(asked, key);
}

rate_limit::act_or_refusal rate_limit::act_on_whole(model::request const& asked,
                                                    structured_key const& key) const {
  bool const begins = asked.command == verb::set || asked.command == verb::add;
  if (begins) {
    auto const number = read_whole(asked.value.view());
    if (!number || *number < 0) return fault("a count that is no number");
    if (*number > limit().burst) return fault(fmt::format("a count of more than {}", limit().burst));
  }
  if (model::counts(asked.command) && asked.delta == 0)
    return fault(fmt::format("{} of 0", model::traits(asked.command).name));
  switch (asked.command) {
    case verb::get: return called(used);
    case verb::set: return called(restart);
    case verb::add: return called(start);
    case verb::increment: return called(take);
    case verb::decrement: return called(give_back);
    default: return refusal(asked, key);
  }
}

rate_limit::act_or_refusal rate_limit::question(model::request const& asked,
                                                structured_key const& key) const {
  if (asked.command != verb::get) return refusal(asked, key);
  if (key.asks("left", 0)) return called(left);
  if (key.asks("wait", 0)) return called(wait);
  if (key.asks("limit", 0)) return number_answer(limit().limit);
  return refusal(asked, key);
}

void rate_limit::say(phrase const& said, command_writer& commands) const {
  model::request const& asked = said.asked;
  std::uint64_t number = asked.delta;
  if (model::stores(asked.command))
    number = static_cast<std::uint64_t>(read_whole(asked.value.view()).value_or(0));
  call_script(said, limit_script(limit().counted), commands, limit_words[said.how.act], number, limit().limit,
              limit().per.count(), limit().burst);
}

std::optional<model::response> rate_limit::understand(phrase const& said,
                                                      std::span<reply const> replies) const {
  reply const& told = replies.front();
  bool const number = told.is(reply_kind::integer);
  switch (static_cast<doing>(said.how.act)) {
    case start:
    case restart: return read_status(said, told);
    case used:
      if (told.is(reply_kind::nil)) return model::response::of(status::not_found);
      [[fallthrough]];
    case left:
    case wait:
      if (!number) return std::nullopt;
      return number_answer(told.number);
    case take:
    case give_back: break;
  }
  if (!number || told.number < 0) return std::nullopt;
  model::response answer;
  answer.number = static_cast<std::uint64_t>(told.number);
  return answer;
}

}  // namespace tandem::protocol::redis
