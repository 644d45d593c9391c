#include "unit/protocol/redis/structures/dialogue.hpp"

namespace tandem::protocol::redis::tests {
namespace {

using model::verb;
using algorithm = model::rate_limit_options::algorithm;

dialogue limit(algorithm counted = algorithm::sliding, std::uint32_t burst = 100) {
  return dialogue(model::rate_limit_options{counted, 100, std::chrono::minutes(1), burst});
}

std::string no_limit(std::string_view what) {
  return std::string(what) + " is not possible for a rate limit (rule prefix \"s:\")";
}

model::request flagged(model::request asked, std::uint32_t flags) {
  asked.flags = flags;
  return asked;
}

model::request vivifying(model::request asked, std::uint64_t initial, std::int64_t exptime) {
  asked.initial = initial;
  asked.vivify = model::exptime(exptime);
  return asked;
}

}  // namespace

TEST_CASE("verbs on a rate limit are words of its script, and what has no place there is refused by name") {
  struct line {
    model::request asked;
    std::string said;
  };
  for (line const& each : std::vector<line>{
           {ask(verb::get, "l"), "EVALSHA script 1 l used 0 100 60000 100"},
           {count(verb::increment, "l", 3), "EVALSHA script 1 l incr 3 100 60000 100"},
           {count(verb::increment, "l", 101), "EVALSHA script 1 l incr 101 100 60000 100"},
           {count(verb::increment, "l", 18'446'744'073'709'551'615u),
            "EVALSHA script 1 l incr 18446744073709551615 100 60000 100"},
           {count(verb::decrement, "l", 2), "EVALSHA script 1 l decr 2 100 60000 100"},
           {ask(verb::add, "l", "0"), "EVALSHA script 1 l add 0 100 60000 100"},
           {ask(verb::set, "l", "100"), "EVALSHA script 1 l set 100 100 60000 100"},
           {ask(verb::remove, "l"), "UNLINK l"},
           {ask(verb::get, "l#@left"), "EVALSHA script 1 l left 0 100 60000 100"},
           {ask(verb::get, "l#@wait"), "EVALSHA script 1 l wait 0 100 60000 100"},
           {ask(verb::get, "l#@limit"), "100"},
           {count(verb::increment, "l", 0), no_limit("incr of 0")},
           {count(verb::decrement, "l", 0), no_limit("decr of 0")},
           {ask(verb::add, "l", "many"), no_limit("a count that is no number")},
           {ask(verb::set, "l", ""), no_limit("a count that is no number")},
           {ask(verb::set, "l", "-1"), no_limit("a count that is no number")},
           {ask(verb::set, "l", "1.5"), no_limit("a count that is no number")},
           {ask(verb::set, "l", "1 "), no_limit("a count that is no number")},
           {ask(verb::set, "l", "18446744073709551616"), no_limit("a count that is no number")},
           {ask(verb::set, "l", "101"), no_limit("a count of more than 100")},
           {ask(verb::touch, "l", "", 60), no_limit("touch")},
           {ask(verb::get_and_touch, "l", "", 60), no_limit("gat")},
           {ask(verb::replace, "l", "1"), no_limit("replace")},
           {ask(verb::append, "l", "1"), no_limit("append")},
           {ask(verb::prepend, "l", "1"), no_limit("prepend")},
           {with_cas(ask(verb::cas, "l", "1"), 3), no_limit("cas")},
           {ask(verb::debug, "l"), no_limit("debug")},
           {count(verb::increment, "l#ann", 1), no_limit("incr of a part")},
           {ask(verb::get, "l#ann"), no_limit("get of a part")},
           {ask(verb::remove, "l#ann"), no_limit("delete of a part")},
           {ask(verb::touch, "l#ann"), no_limit("touch of a part")},
           {count(verb::increment, "l#@left", 1), no_limit("incr of a question")},
           {ask(verb::get, "l#@left/2"), no_limit("the question @left with 1 argument")},
           {ask(verb::get, "l#@used"), no_limit("the question @used with 0 arguments")},
           {ask(verb::get, "l#"), "bad key: nothing stands behind #"},
       }) {
    CHECK(limit().said(each.asked) == each.said);
  }
}

TEST_CASE("times, flags and first numbers that clients send with a counter change nothing of a rate limit") {
  for (std::int64_t const exptime : {0, 60, 2'000'000'000, -1}) {
    CHECK(limit().said(flagged(ask(verb::add, "l", "1", exptime), 2)) ==
          "EVALSHA script 1 l add 1 100 60000 100");
    CHECK(limit().said(flagged(ask(verb::set, "l", "1", exptime), 4)) ==
          "EVALSHA script 1 l set 1 100 60000 100");
    CHECK(limit().said(vivifying(count(verb::increment, "l", 2), 50, exptime)) ==
          "EVALSHA script 1 l incr 2 100 60000 100");
    CHECK(limit().said(vivifying(count(verb::decrement, "l", 2), 50, exptime)) ==
          "EVALSHA script 1 l decr 2 100 60000 100");
  }
}

TEST_CASE("each algorithm has a script of its own, and a bucket what may be counted at once") {
  CHECK(limit(algorithm::bucket, 20).said(count(verb::increment, "l", 1)) ==
        "EVALSHA script 1 l incr 1 100 60000 20");
  CHECK(limit(algorithm::bucket, 20).said(ask(verb::set, "l", "21")) == no_limit("a count of more than 20"));
  std::vector<std::string> scripts;
  for (algorithm const each : {algorithm::fixed, algorithm::sliding, algorithm::bucket})
    scripts.push_back(limit(each).script_of(count(verb::increment, "l", 1)));
  CHECK(scripts[0] != scripts[1]);
  CHECK(scripts[1] != scripts[2]);
  CHECK(scripts[0] != scripts[2]);
}

TEST_CASE("of all that changes a rate limit nothing is sent again when it may have been executed") {
  for (model::request const& each :
       {count(verb::increment, "l", 1), count(verb::decrement, "l", 1), ask(verb::add, "l", "1"),
        ask(verb::set, "l", "1"), ask(verb::remove, "l")}) {
    INFO(model::traits(each.command).name);
    CHECK_FALSE(limit().may_be_repeated(each));
  }
  CHECK(limit().may_be_repeated(ask(verb::get, "l")));
}

TEST_CASE("what the script of a rate limit tells are memcached's answers") {
  struct line {
    model::request asked;
    reply told;
    std::string answer;
  };
  for (line const& each : std::vector<line>{
           {ask(verb::get, "l"), number_told(7), "7"},
           {ask(verb::get, "l"), reply(), "NOT_FOUND"},
           {ask(verb::get, "l"), text_told("7"), "no sense"},
           {count(verb::increment, "l", 1), number_told(101), "101"},
           {count(verb::increment, "l", 1), number_told(-1), "no sense"},
           {count(verb::increment, "l", 1), reply(), "no sense"},
           {count(verb::decrement, "l", 1), number_told(0), "0"},
           {ask(verb::add, "l", "1"), status_told("OK"), "OK"},
           {ask(verb::add, "l", "1"), status_told("NOT_STORED"), "NOT_STORED"},
           {ask(verb::set, "l", "1"), status_told("OK"), "OK"},
           {ask(verb::set, "l", "1"), number_told(1), "no sense"},
           {ask(verb::remove, "l"), number_told(0), "NOT_FOUND"},
           {ask(verb::get, "l#@left"), number_told(0), "0"},
           {ask(verb::get, "l#@wait"), number_told(1500), "1500"},
           {ask(verb::get, "l#@wait"), reply(), "no sense"},
       }) {
    INFO(model::traits(each.asked.command).name);
    CHECK(limit().answered(each.asked, each.told) == each.answer);
  }
}

}  // namespace tandem::protocol::redis::tests
