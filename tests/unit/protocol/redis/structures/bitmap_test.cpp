#include "unit/protocol/redis/structures/dialogue.hpp"

namespace tandem::protocol::redis::tests {
namespace {

using model::verb;

dialogue bits() { return dialogue(model::bitmap_options()); }

std::string no_bits(std::string_view what) {
  return std::string(what) + " is not possible for a bitmap (rule prefix \"s:\")";
}

}  // namespace

TEST_CASE("verbs on a bitmap are commands of bits, and what has no place there is refused by name") {
  std::string const offset = no_bits("an offset that is no number from 0 to 4294967295");
  std::string const value = no_bits("a value other than 0 and 1");
  struct line {
    model::request asked;
    std::string said;
  };
  model::request flagged = ask(verb::set, "b#1", "1");
  flagged.flags = 2;
  for (line const& each : std::vector<line>{
           {ask(verb::get, "b#0"), "GETBIT b 0"},
           {ask(verb::get, "b#4294967295"), "GETBIT b 4294967295"},
           {ask(verb::get, "b#007"), "GETBIT b 7"},
           {ask(verb::set, "b#7", "1"), "SETBIT b 7 1"},
           {ask(verb::set, "b#7", "0"), "EVALSHA script 1 b 7"},
           {ask(verb::add, "b#7", "1"), "SETBIT b 7 1"},
           {ask(verb::remove, "b#7"), "EVALSHA script 1 b 7"},
           {ask(verb::remove, "b"), "UNLINK b"},
           {ask(verb::touch, "b", "", 60), "EVALSHA script 1 b EXPIRE 60"},
           {ask(verb::get, "b#@count"), "BITCOUNT b"},
           {ask(verb::get, "b#@count/3/4294967295"), "EVALSHA script 1 b 3 4294967295"},
           {ask(verb::get, "b#@first/0"), "BITPOS b 0"},
           {ask(verb::get, "b#@first/1"), "BITPOS b 1"},
           {ask(verb::get, "b#4294967296"), offset},
           {ask(verb::get, "b#-1"), offset},
           {ask(verb::get, "b#1.5"), offset},
           {ask(verb::get, "b#x"), offset},
           {ask(verb::get, "b#99999999999999999999"), offset},
           {ask(verb::set, "b#-1", "1"), offset},
           {ask(verb::remove, "b#x"), offset},
           {ask(verb::set, "b#7", "2"), value},
           {ask(verb::set, "b#7", ""), value},
           {ask(verb::set, "b#7", "01"), value},
           {ask(verb::set, "b#7", "true"), value},
           {ask(verb::add, "b#7", "0"), no_bits("add of 0")},
           {ask(verb::set, "b#7", "1", 60), no_bits("a time to live of one bit")},
           {flagged, no_bits("a value with flags")},
           {ask(verb::replace, "b#7", "1"), no_bits("replace")},
           {ask(verb::append, "b#7", "1"), no_bits("append")},
           {ask(verb::prepend, "b#7", "1"), no_bits("prepend")},
           {with_cas(ask(verb::cas, "b#7", "1"), 3), no_bits("cas")},
           {count(verb::increment, "b#7", 1), no_bits("incr")},
           {count(verb::decrement, "b#7", 1), no_bits("decr")},
           {ask(verb::touch, "b#7"), no_bits("touch")},
           {ask(verb::get_and_touch, "b#7"), no_bits("gat")},
           {ask(verb::debug, "b#7"), no_bits("debug")},
           {ask(verb::get, "b"), no_bits("get")},
           {ask(verb::set, "b", "1"), no_bits("set")},
           {ask(verb::set, "b#@count", "1"), no_bits("set of a question")},
           {ask(verb::get, "b#@count/1"), no_bits("the question @count with 1 argument")},
           {ask(verb::get, "b#@count/1/x"), offset},
           {ask(verb::get, "b#@count/1/4294967296"), offset},
           {ask(verb::get, "b#@first"), no_bits("the question @first with 0 arguments")},
           {ask(verb::get, "b#@first/2"), no_bits("the first of other than 0 and 1")},
           {ask(verb::get, "b#"), "bad key: nothing stands behind #"},
       }) {
    INFO(each.asked.key.view());
    CHECK(bits().said(each.asked) == each.said);
  }
}

TEST_CASE("what Redis tells of bits are memcached's answers") {
  struct line {
    model::request asked;
    reply told;
    std::string answer;
  };
  for (line const& each : std::vector<line>{
           {ask(verb::get, "b#7"), number_told(0), "0"},
           {ask(verb::get, "b#7"), number_told(1), "1"},
           {ask(verb::get, "b#7"), reply(), "no sense"},
           {ask(verb::set, "b#7", "1"), number_told(1), "OK"},
           {ask(verb::set, "b#7", "0"), number_told(0), "OK"},
           {ask(verb::add, "b#7", "1"), number_told(0), "OK"},
           {ask(verb::add, "b#7", "1"), number_told(1), "NOT_STORED"},
           {ask(verb::remove, "b#7"), number_told(1), "OK"},
           {ask(verb::remove, "b#7"), number_told(0), "NOT_FOUND"},
           {ask(verb::get, "b#@count"), number_told(0), "0"},
           {ask(verb::get, "b#@first/1"), number_told(-1), "NOT_FOUND"},
           {ask(verb::get, "b#@first/0"), number_told(4294967296), "NOT_FOUND"},
           {ask(verb::get, "b#@first/0"), number_told(4294967295), "4294967295"},
           {ask(verb::set, "b#7", "1"), status_told("OK"), "no sense"},
       }) {
    INFO(each.asked.key.view());
    CHECK(bits().answered(each.asked, each.told) == each.answer);
  }
}

}  // namespace tandem::protocol::redis::tests
