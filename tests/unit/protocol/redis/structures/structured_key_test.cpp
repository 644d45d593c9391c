#include "protocol/redis/structures/structured_key.hpp"

#include "support/catch.hpp"

#include <fmt/ranges.h>

namespace tandem::protocol::redis::tests {
namespace {

/// whole NAME, part NAME PART, question NAME WORD ARGUMENTS, or the fault.
std::string in_words(std::string_view key, char separator = '#') {
  auto const read = read_structured_key(key, separator);
  if (!read) return read.error();
  switch (read->what) {
    case structured_key::kind::whole: return fmt::format("whole {}", read->name);
    case structured_key::kind::part: return fmt::format("part {} {}", read->name, read->part);
    case structured_key::kind::question:
      return fmt::format("question {} {} {}", read->name, read->word, read->arguments);
  }
  return {};
}

}  // namespace

TEST_CASE("a key names a structure, a part of it, or a question about it") {
  struct line {
    std::string_view key, read;
  };
  for (auto const& [key, read] : std::vector<line>{
           {"board:a", "whole board:a"},
           {"board:a#x", "part board:a x"},
           {"board:a#x#y", "part board:a x#y"},
           {"board:a#x/y", "part board:a x/y"},
           {"board:a#@top/10", "question board:a top [\"10\"]"},
           {"board:a#@count", "question board:a count []"},
           {"board:a#@scores/1/2#3", "question board:a scores [\"1\", \"2#3\"]"},
           {"board:a#@@top/10", "part board:a @top/10"},
           {"board:a#@@", "part board:a @"},
           {"@a", "whole @a"},
           {"#x", "bad key: nothing stands before #"},
           {"a#", "bad key: nothing stands behind #"},
           {"a#@", "bad key: the question @ has an empty word"},
           {"a#@top/", "bad key: the question @top/ has an empty word"},
           {"a#@/1", "bad key: the question @/1 has an empty word"},
           {"a#@top//1", "bad key: the question @top//1 has an empty word"},
       }) {
    CHECK(in_words(key) == read);
  }
}

TEST_CASE("the separator is the rule's") {
  CHECK(in_words("a#b|c", '|') == "part a#b c");
  CHECK(in_words("a#b", '|') == "whole a#b");
  CHECK(name_of("a|b|c", '|') == "a");
}

}  // namespace tandem::protocol::redis::tests
