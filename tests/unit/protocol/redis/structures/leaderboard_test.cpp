#include "protocol/redis/structures/json_answer.hpp"
#include "unit/protocol/redis/structures/dialogue.hpp"

namespace tandem::protocol::redis::tests {
namespace {

using keep = model::leaderboard_options::keep;
using model::verb;

dialogue board(keep kept = keep::last, translation_options options = {}) {
  return dialogue(model::leaderboard_options{kept}, std::move(options));
}

std::string refusal_of(std::string_view what) {
  return std::string(what) + " is not possible for a leaderboard (rule prefix \"s:\")";
}

/// An increment that makes a member with that value, to live so long.
model::request first_of(std::int64_t exptime, std::uint64_t initial) {
  model::request asked = count(verb::increment, "b#m", 4);
  asked.vivify = model::exptime(exptime);
  asked.initial = initial;
  return asked;
}

reply rows(std::int64_t first, std::int64_t way, std::vector<std::string_view> const& told) {
  std::vector<reply> texts;
  for (auto const each : told) texts.push_back(text_told(each));
  return array_told({number_told(first), number_told(way), array_told(std::move(texts))});
}

}  // namespace

TEST_CASE(
    "verbs on a leaderboard are commands of sorted sets, and what has no place there is refused by name") {
  struct line {
    model::request asked;
    std::string said;
  };
  for (line const& each : std::vector<line>{
           {ask(verb::get, "b#m"), "ZSCORE b m"},
           {ask(verb::set, "b#m", "1.5"), "ZADD b 1.5 m"},
           {ask(verb::add, "b#m", "-2"), "ZADD b NX -2 m"},
           {ask(verb::replace, "b#m", "3"), "EVALSHA script 1 b m 3 always there"},
           {count(verb::increment, "b#m", 4), "EVALSHA script 1 b m 4 4"},
           {count(verb::decrement, "b#m", 4), "EVALSHA script 1 b m -4 0"},
           {ask(verb::remove, "b#m"), "ZREM b m"},
           {ask(verb::remove, "b"), "UNLINK b"},
           {ask(verb::touch, "b", "", 60), "EVALSHA script 1 b EXPIRE 60"},
           {ask(verb::touch, "b"), "EVALSHA script 1 b PERSIST ''"},
           {ask(verb::get, "b"), "EVALSHA script 1 b highest 1048576 top 10 0"},
           {ask(verb::get, "b#@top/3"), "EVALSHA script 1 b highest 1048576 top 3 0"},
           {ask(verb::get, "b#@top/5000/7"), "EVALSHA script 1 b highest 1048576 top 1001 7"},
           {ask(verb::get, "b#@bottom/3"), "EVALSHA script 1 b highest 1048576 bottom 3 0"},
           {ask(verb::get, "b#@around/m/2"), "EVALSHA script 1 b highest 1048576 around m 2"},
           {ask(verb::get, "b#@scores/1/2.5"), "EVALSHA script 1 b highest 1048576 scores 1 2.5 0 1001"},
           {ask(verb::get, "b#@rank/m"), "ZREVRANK b m"},
           {ask(verb::get, "b#@count"), "ZCARD b"},
           {ask(verb::get, "b#@count/1/2"), "ZCOUNT b 1 2"},
           {ask(verb::set, "b#m", "many"), refusal_of("a score that is no number")},
           {ask(verb::set, "b#m", "inf"), refusal_of("a score that is no number")},
           {ask(verb::set, "b#m", "1 "), refusal_of("a score that is no number")},
           {ask(verb::set, "b#m", ""), refusal_of("a score that is no number")},
           {ask(verb::set, "b#m", "1", 60), refusal_of("a time to live of one member")},
           {count(verb::increment, "b#m", 9'007'199'254'740'993), refusal_of("a step of more than 2^53")},
           {ask(verb::append, "b#m", "1"), refusal_of("append")},
           {ask(verb::prepend, "b#m", "1"), refusal_of("prepend")},
           {with_cas(ask(verb::cas, "b#m", "1"), 3), refusal_of("cas")},
           {ask(verb::touch, "b#m"), refusal_of("touch")},
           {ask(verb::get_and_touch, "b#m"), refusal_of("gat")},
           {ask(verb::get_and_touch, "b"), refusal_of("gat")},
           {ask(verb::set, "b", "1"), refusal_of("set")},
           {count(verb::increment, "b", 1), refusal_of("incr")},
           {ask(verb::debug, "b#m"), refusal_of("debug")},
           {ask(verb::get, "b#@best/3"), refusal_of("the question @best with 1 argument")},
           {ask(verb::get, "b#@top"), refusal_of("the question @top with 0 arguments")},
           {ask(verb::get, "b#@top/x"), refusal_of("a count that is no number above 0")},
           {ask(verb::get, "b#@top/-1"), refusal_of("a count that is no number above 0")},
           {ask(verb::get, "b#@top/0"), refusal_of("a count that is no number above 0")},
           {ask(verb::get, "b#@bottom/-0"), refusal_of("a count that is no number above 0")},
           {ask(verb::get, "b#@top/1/-1"), refusal_of("a count that is no number above 0")},
           {first_of(60, 1), refusal_of("a time to live of one member")},
           {first_of(0, 9'007'199'254'740'993), refusal_of("an initial value of more than 2^53")},
           {ask(verb::get, "b#@around/m/500"), refusal_of("a count of more than 499 around a member")},
           {ask(verb::get, "b#@scores/a/2"), refusal_of("a bound that is no number")},
           {ask(verb::set, "b#@top/3", "1"), refusal_of("set of a question")},
           {ask(verb::get, "b#"), "bad key: nothing stands behind #"},
       }) {
    CHECK(board().said(each.asked) == each.said);
  }
}

TEST_CASE("flags of the meta protocol that say nothing of a structure are refused by name") {
  struct line {
    char flag;
    void (*change)(model::request& asked);
  };
  for (auto const& [flag, change] : std::vector<line>{
           {'h', [](auto& asked) { asked.wanted = model::want::fetched; }},
           {'l', [](auto& asked) { asked.wanted = model::want::idle; }},
           {'t', [](auto& asked) { asked.wanted = model::want::ttl; }},
           {'N', [](auto& asked) { asked.vivify = model::exptime(1); }},
           {'R', [](auto& asked) { asked.recache = model::exptime(1); }},
           {'E', [](auto& asked) { asked.new_cas = 1; }},
           {'I', [](auto& asked) { asked.options = model::option::invalidate; }},
           {'x', [](auto& asked) { asked.options = model::option::hollow; }},
           {'T', [](auto& asked) { asked.options = model::option::renew; }},
           {'C', [](auto& asked) { asked.compare_cas = 1; }},
       }) {
    model::request asked = ask(verb::get, "b#m");
    change(asked);
    CHECK(board().said(asked) == refusal_of(std::string("flag ") + flag));
  }
}

TEST_CASE("a value with flags is refused, or loses them, as the backend says") {
  model::request asked = ask(verb::set, "b#m", "1");
  asked.flags = 3;
  CHECK(board().said(asked) == refusal_of("a value with flags"));
  translation_options dropping;
  dropping.flags = flags_policy::drop;
  CHECK(board(keep::last, dropping).said(asked) == "ZADD b 1 m");
}

TEST_CASE("a leaderboard may keep the better score, and the lowest may be the best") {
  CHECK(board(keep::highest).said(ask(verb::set, "b#m", "1")) == "EVALSHA script 1 b m 1 highest ''");
  CHECK(board(keep::lowest).said(ask(verb::replace, "b#m", "1")) == "EVALSHA script 1 b m 1 lowest there");
  CHECK(board(keep::lowest).said(ask(verb::get, "b#@rank/m")) == "ZRANK b m");
  CHECK(board(keep::lowest).said(ask(verb::get, "b")) == "EVALSHA script 1 b lowest 1048576 top 10 0");
}

TEST_CASE("a new member begins with the value that binary and meta commands bring") {
  CHECK(board().said(first_of(0, 100)) == "EVALSHA script 1 b m 4 100");
}

TEST_CASE("the prefix of the backend stands before the name") {
  translation_options prefixed;
  prefixed.key_prefix = "app:";
  CHECK(board(keep::last, prefixed).said(ask(verb::get, "b#m")) == "ZSCORE app:b m");
}

TEST_CASE("replies of sorted sets are memcached's answers") {
  CHECK(board().answered(ask(verb::get, "b#m"), text_told("1.5")) == "1.5");
  CHECK(board().answered(ask(verb::get, "b#m"), reply()) == "NOT_FOUND");
  CHECK(board().answered(ask(verb::set, "b#m", "1"), number_told(0)) == "OK");
  CHECK(board().answered(ask(verb::add, "b#m", "1"), number_told(0)) == "NOT_STORED");
  CHECK(board().answered(ask(verb::replace, "b#m", "1"), status_told("NOT_STORED")) == "NOT_STORED");
  CHECK(board().answered(count(verb::increment, "b#m", 1), text_told("9007199254740992")) ==
        "9007199254740992");
  CHECK(board().answered(count(verb::increment, "b#m", 1), status_told("NON_NUMERIC")) == "NON_NUMERIC");
  CHECK(board().answered(ask(verb::remove, "b#m"), number_told(0)) == "NOT_FOUND");
  CHECK(board().answered(ask(verb::remove, "b"), number_told(1)) == "OK");
  CHECK(board().answered(ask(verb::touch, "b"), status_told("NOT_FOUND")) == "NOT_FOUND");
  CHECK(board().answered(ask(verb::get, "b#@rank/m"), number_told(0)) == "1");
  CHECK(board().answered(ask(verb::get, "b#@count"), number_told(0)) == "0");
  CHECK(board().answered(ask(verb::get, "b#m"), number_told(1)) == "no sense");
}

TEST_CASE("a cas is told where it is asked for, and is that of the content") {
  model::request asked = ask(verb::get, "b#m");
  CHECK(board().cas_of(asked, text_told("1.5")) == 0);
  asked.wanted = model::want::value | model::want::cas;
  CHECK(board().cas_of(asked, text_told("1.5")) == content_cas("1.5"));
  CHECK(board().cas_of(asked, reply()) == 0);
}

TEST_CASE("rows are JSON, with ranks that go the right way") {
  CHECK(board().answered(ask(verb::get, "b#@top/2"), rows(1, 1, {"ann", "17", "bob", "1.5"})) ==
        R"([{"member":"ann","score":17,"rank":1},{"member":"bob","score":1.5E0,"rank":2}])");
  CHECK(board().answered(ask(verb::get, "b#@bottom/2"), rows(9, -1, {"ann", "1", "bob", "2"})) ==
        R"([{"member":"ann","score":1,"rank":9},{"member":"bob","score":2,"rank":8}])");
  CHECK(board().answered(ask(verb::get, "b#@top/1"), rows(1, 1, {"\xff", "1"})) ==
        R"([{"member":{"base64":"/w=="},"score":1,"rank":1}])");
  CHECK(board().answered(ask(verb::get, "b#@top/1"), rows(1, 1, {})) == "[]");
  CHECK(board().answered(ask(verb::get, "b"), rows(1, 1, {})) == "NOT_FOUND");
}

TEST_CASE("more rows than are told at a time end with the question that goes on") {
  std::vector<std::string_view> many(2 * (rows_max + 1), "1");
  auto const ending = [&](std::string_view key) {
    std::string const told = board().answered(ask(verb::get, key), rows(1, 1, many));
    return told.substr(told.rfind('{'));
  };
  CHECK(ending("b#@top/5000") == R"({"more":"@top/4000/1000"}])");
  CHECK(ending("b#@top/1500/1000") == R"({"more":"@top/500/2000"}])");
  CHECK(ending("b#@scores/0/1") == R"({"more":"@scores/0/1/1000"}])");
}

TEST_CASE("an answer that is too long says so, whoever finds it") {
  CHECK(board().answered(ask(verb::get, "b"), status_told("TOO_LARGE")) ==
        "an answer of more than 1048576 bytes is not possible for this rule (answer_max); ask for less");
  model::structure_options of;
  of.answer_max = 50;
  std::string const member(100, 'm');
  auto const answer = json_answer(boost::json::string(member), of.answer_max);
  CHECK(answer.message.view() ==
        "an answer of more than 50 bytes is not possible for this rule (answer_max); ask for less");
}

}  // namespace tandem::protocol::redis::tests
