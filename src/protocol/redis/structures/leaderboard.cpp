#include "protocol/redis/structures/leaderboard.hpp"

#include "protocol/redis/structures/json_answer.hpp"
#include "protocol/redis/verbs/answers.hpp"
#include "protocol/redis/verbs/arguments.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace tandem::protocol::redis {

using model::status;
using model::verb;

enum leaderboard::doing : std::uint8_t {
  score,
  place,
  add,
  change,
  count,
  forget,
  rows,
  rank,
  size,
  size_between,
};

namespace {

namespace json = boost::json;

constexpr std::int64_t best_by_itself = 10;

// ARGV: the member; its score; "always", or which of two scores stays: "highest", "lowest"; "there" if it must have one, or "".
script const& change_script() {
  static script const made = make_script(R"(
local old = redis.call('ZSCORE', KEYS[1], ARGV[1])
local new, when = tonumber(ARGV[2]), ARGV[3]
if ARGV[4] == 'there' and not old then return {ok = 'NOT_STORED'} end
if old and when == 'highest' and tonumber(old) > new then return {ok = 'NOT_STORED'} end
if old and when == 'lowest' and tonumber(old) < new then return {ok = 'NOT_STORED'} end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
return {ok = 'OK'}
)");
  return made;
}

// ARGV: the member, what is added, what a new member begins with.
script const& count_script() {
  static script const made = make_script(R"(
local old = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '')
local step, new = tonumber(ARGV[2]), tonumber(ARGV[3])
if old then
  if old % 1 ~= 0 or old < 0 or old > 9007199254740992 - math.max(step, 0) then return {ok = 'NON_NUMERIC'} end
  new = old + step
end
local text = string.format('%.0f', math.max(new, 0))
redis.call('ZADD', KEYS[1], text, ARGV[1])
return text
)");
  return made;
}

// ARGV: lowest or highest, which is the best; how many bytes members and scores may have together; then a word and its
// arguments. Answers the rank of the first row, counted from 1, which way the ranks go, and members with scores.
script const& rows_script() {
  static script const made = make_script(R"(
local key, lowest, bytes_max, word = KEYS[1], ARGV[1] == 'lowest', tonumber(ARGV[2]), ARGV[3]
local forwards, backwards = lowest and 'ZRANGE' or 'ZREVRANGE', lowest and 'ZREVRANGE' or 'ZRANGE'
local rank_of = lowest and 'ZRANK' or 'ZREVRANK'
local function told(first, way, found)
  local bytes = 0
  for _, each in ipairs(found) do bytes = bytes + #each end
  return bytes > bytes_max and {ok = 'TOO_LARGE'} or {first, way, found}
end
local function rows(command, from, count)
  return redis.call(command, key, from, from + count - 1, 'WITHSCORES')
end
if word == 'top' then return told(ARGV[5] + 1, 1, rows(forwards, tonumber(ARGV[5]), tonumber(ARGV[4]))) end
if word == 'bottom' then
  return told(redis.call('ZCARD', key) - ARGV[5], -1, rows(backwards, tonumber(ARGV[5]), tonumber(ARGV[4])))
end
if word == 'around' then
  local rank = redis.call(rank_of, key, ARGV[4])
  if not rank then return false end
  local first = math.max(rank - ARGV[5], 0)
  return told(first + 1, 1, rows(forwards, first, rank + ARGV[5] - first + 1))
end
local from, to = ARGV[4], ARGV[5]
local command = lowest and 'ZRANGEBYSCORE' or 'ZREVRANGEBYSCORE'
if not lowest then from, to = to, from end
local found = redis.call(command, key, from, to, 'WITHSCORES', 'LIMIT', ARGV[6], ARGV[7])
return told(found[1] and redis.call(rank_of, key, found[1]) + 1 or 1, 1, found)
)");
  return made;
}

std::optional<std::int64_t> read_count(std::string_view text) {
  auto const read = read_whole(text);
  return read && *read >= 0 && *read <= exact_max ? read : std::nullopt;
}

/// How many rows a question is about, and how many of those before it are passed over.
struct extent {
  std::int64_t count = best_by_itself;
  std::int64_t skipped = 0;

  /// One more than is told, by which it is known whether there are more.
  std::int64_t fetched() const { return std::min<std::int64_t>(count, rows_max + 1); }
};

extent extent_of(structured_key const& key) {
  extent made;
  if (key.is_whole()) return made;
  bool const by_score = key.word == "scores";
  std::size_t const own = by_score ? 2 : 1;
  made.count = by_score ? rows_max + 1 : read_count(key.arguments[0]).value_or(0);
  if (key.arguments.size() > own) made.skipped = read_count(key.arguments[own]).value_or(0);
  return made;
}

/// The question that goes on where an answer has ended.
std::string next_question(structured_key const& key) {
  extent const told = extent_of(key);
  if (key.word == "scores") {
    return fmt::format("@scores/{}/{}/{}", key.arguments[0], key.arguments[1],
                       told.skipped + static_cast<std::int64_t>(rows_max));
  }
  auto const most = static_cast<std::int64_t>(rows_max);
  return fmt::format("@{}/{}/{}", key.word, told.count - most, told.skipped + most);
}

std::optional<json::array> rows_of(structured_key const& key, reply const& told) {
  if (!told.is(reply_kind::array) || told.elements.size() != 3) return std::nullopt;
  std::vector<reply> const& pairs = told.elements[2].elements;
  std::int64_t rank = told.elements[0].number;
  json::array made;
  for (std::size_t at = 0; at + 1 < pairs.size(); at += 2, rank += told.elements[1].number) {
    if (made.size() == rows_max) {
      made.push_back(json::object{{"more", next_question(key)}});
      break;
    }
    auto score_told = json_number(pairs[at + 1].text.view());
    if (!score_told) score_told = json_text(pairs[at + 1].text.view());  // infinite
    made.push_back(
        json::object{{"member", json_text(pairs[at].text.view())}, {"score", *score_told}, {"rank", rank}});
  }
  return made;
}

}  // namespace

leaderboard::act_or_refusal leaderboard::act_for(model::request const& asked,
                                                 structured_key const& key) const {
  if (key.is_part()) return act_on_member(asked, key);
  if (asked.command != verb::get) return refusal(asked, key);
  if (key.is_whole()) return act{rows, &rows_script()};
  return question(asked, key);
}

leaderboard::act_or_refusal leaderboard::act_on_member(model::request const& asked,
                                                       structured_key const& key) const {
  bool const stores = model::stores_whole(asked.command) && asked.command != verb::cas;
  if (stores && !read_finite(asked.value.view())) return fault("a score that is no number");
  if (stores && !asked.expires.never()) return fault("a time to live of one member");
  if (model::counts(asked.command) && asked.delta > static_cast<std::uint64_t>(exact_max))
    return fault("a step of more than 2^53");
  if (asked.vivify && asked.initial > static_cast<std::uint64_t>(exact_max))
    return fault("an initial value of more than 2^53");
  if (asked.vivify && !asked.vivify->never()) return fault("a time to live of one member");
  bool const compares = kept() != model::leaderboard_options::keep::last;
  switch (asked.command) {
    case verb::get: return act{score};
    case verb::set: return compares ? act{change, &change_script()} : act{place};
    case verb::add: return act{add};
    case verb::replace: return act{change, &change_script()};
    case verb::increment:
    case verb::decrement: return act{count, &count_script()};
    case verb::remove: return act{forget};
    default: return refusal(asked, key);
  }
}

leaderboard::act_or_refusal leaderboard::question(model::request const& asked,
                                                  structured_key const& key) const {
  auto const& given = key.arguments;
  auto const counts = [&](std::size_t from) {
    for (std::size_t at = from; at < given.size(); ++at) {
      if (!read_count(given[at])) return false;
    }
    return true;
  };
  auto const bounds = [&] { return read_finite(given[0]) && read_finite(given[1]); };
  std::string_view const word = key.word;
  bool const ends = word == "top" || word == "bottom";
  if (ends && (given.size() == 1 || given.size() == 2))
    return counts(0) && read_count(given[0]) > 0 ? act_or_refusal(act{rows, &rows_script()})
                                                 : fault("a count that is no number above 0");
  if (key.asks("around", 2)) {
    auto const wide = read_count(given[1]);
    if (!wide || *wide > static_cast<std::int64_t>(rows_max) / 2 - 1)
      return fault(fmt::format("a count of more than {} around a member", rows_max / 2 - 1));
    return act{rows, &rows_script()};
  }
  bool const scores = word == "scores" && (given.size() == 2 || given.size() == 3);
  if (scores || key.asks("count", 2)) {
    if (!bounds() || !counts(2)) return fault("a bound that is no number");
    return scores ? act{rows, &rows_script()} : act{size_between};
  }
  if (key.asks("rank", 1)) return act{rank};
  if (key.asks("count", 0)) return act{size};
  return refusal(asked, key);
}

void leaderboard::say(phrase const& said, command_writer& commands) const {
  using keep = model::leaderboard_options::keep;
  model::request const& asked = said.asked;
  structured_key const& at = *said.how.at;
  base::slice const& key = said.how.key;
  std::string_view const best = lowest_first() ? "lowest" : "highest";
  switch (said.how.act) {
    case score: return commands.command("ZSCORE", key, at.part);
    case place: return commands.command("ZADD", key, asked.value, at.part);
    case add: return commands.command("ZADD", key, "NX", asked.value, at.part);
    case change:
      return call_script(said, change_script(), commands, at.part, asked.value,
                         kept() == keep::last ? "always" : best,
                         asked.command == verb::replace ? "there" : "");
    case count: {
      bool const up = asked.command == verb::increment;
      std::uint64_t const first = asked.vivify ? asked.initial : up ? asked.delta : 0;
      return call_script(said, count_script(), commands, at.part,
                         fmt::format("{}{}", up ? "" : "-", asked.delta), first);
    }
    case forget: return commands.command("ZREM", key, at.part);
    case rank: return commands.command(lowest_first() ? "ZRANK" : "ZREVRANK", key, at.arguments[0]);
    case size: return commands.command("ZCARD", key);
    case size_between: return commands.command("ZCOUNT", key, at.arguments[0], at.arguments[1]);
    case rows: break;
  }
  extent const wanted = extent_of(at);
  std::size_t const bytes = options().answer_max;
  if (at.word == "around")
    return call_script(said, rows_script(), commands, best, bytes, at.word, at.arguments[0], at.arguments[1]);
  if (at.word == "scores")
    return call_script(said, rows_script(), commands, best, bytes, at.word, at.arguments[0], at.arguments[1],
                       wanted.skipped, wanted.fetched());
  call_script(said, rows_script(), commands, best, bytes, at.is_whole() ? "top" : at.word, wanted.fetched(),
              wanted.skipped);
}

std::optional<model::response> leaderboard::understand(phrase const& said,
                                                       std::span<reply const> replies) const {
  reply const& told = replies.front();
  bool const number = told.is(reply_kind::integer);
  switch (said.how.act) {
    case score:
      if (told.is(reply_kind::nil)) return model::response::of(status::not_found);
      if (!told.is(reply_kind::string)) return std::nullopt;
      return text_answer(told.text.view());
    case place:
      if (!number) return std::nullopt;
      return model::response();
    case add:
      if (!number) return std::nullopt;
      return model::response::of(told.number > 0 ? status::ok : status::not_stored);
    case change: return read_status(said, told);
    case count: {
      if (!told.is(reply_kind::string)) return read_status(said, told);
      auto const now = read_whole(told.text.view());
      if (!now) return std::nullopt;
      model::response answer;
      answer.number = static_cast<std::uint64_t>(*now);
      return answer;
    }
    case forget:
      if (!number) return std::nullopt;
      return model::response::of(told.number > 0 ? status::ok : status::not_found);
    case rank:
      if (told.is(reply_kind::nil)) return model::response::of(status::not_found);
      if (!number) return std::nullopt;
      return number_answer(told.number + 1);
    case size:
    case size_between:
      if (!number) return std::nullopt;
      return number_answer(told.number);
    default: break;
  }
  if (told.is(reply_kind::nil)) return model::response::of(status::not_found);
  if (told.is_status("TOO_LARGE")) return too_long_answer(options().answer_max);
  auto const found = rows_of(*said.how.at, told);
  if (!found) return std::nullopt;
  bool const nothing = found->empty() && said.how.at->is_whole();
  return nothing ? model::response::of(status::not_found) : json_answer(*found, options().answer_max);
}

}  // namespace tandem::protocol::redis
