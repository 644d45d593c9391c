#include "protocol/redis/reply_parser.hpp"

#include "support/catch.hpp"
#include "unit/protocol/memcached/splits.hpp"

#include <malloc.h>

using namespace tandem;
using base::parse_status;
using protocol::redis::reply;
using protocol::redis::reply_kind;
using protocol::redis::reply_parser;

namespace {

using lines = std::vector<std::string>;

constexpr protocol::redis::reply_limits small_limits{30'000, 1'000, 20, 7, 25'000};

std::string describe(reply const& one) {
  switch (one.kind) {
    case reply_kind::string: return "'" + one.text.str() + "'";
    case reply_kind::status: return "+" + one.text.str();
    case reply_kind::error: return "-" + one.text.str();
    case reply_kind::integer: return std::to_string(one.number);
    case reply_kind::nil: return "nil";
    case reply_kind::oversized: return "(" + std::to_string(one.number) + " bytes)";
    case reply_kind::array: break;
  }
  std::string all = "[";
  for (reply const& each : one.elements) all += (all.size() > 1 ? " " : "") + describe(each);
  return all + "]";
}

lines read_pieces(test::pieces const& split) {
  reply_parser parser(small_limits);
  base::input_buffer input;
  lines said;
  for (auto piece : split) {
    test::receive(input, piece);
    for (parse_status found = parser.next(input); found != parse_status::need_more;
         found = parser.next(input)) {
      said.push_back(found == parse_status::complete ? describe(parser.take()) : "garbage");
      if (found == parse_status::garbage) return said;
    }
  }
  return said;
}

lines read(std::string_view bytes) { return test::at_every_split(bytes, read_pieces); }

}  // namespace

TEST_CASE("every kind of reply is read, one after another") {
  CHECK(read("+OK\r\n-ERR no\r\n:42\r\n:-1\r\n$5\r\nhello\r\n$0\r\n\r\n$-1\r\n*-1\r\n") ==
        lines{"+OK", "-ERR no", "42", "-1", "'hello'", "''", "nil", "nil"});
}

TEST_CASE("a string that is longer than is kept is read past, and what follows is read") {
  std::string const kept(25'000, 'x');
  std::string const text = "$25000\r\n" + kept + "\r\n$25001\r\n" + kept + "y\r\n+OK\r\n";
  CHECK(read(text) == lines{"'" + kept + "'", "(25001 bytes)", "+OK"});
  CHECK(read("$25001\r\n" + kept + "yzz") == lines{"garbage"});
}

TEST_CASE("what is read past is not held") {
  reply_parser parser({.kept_max = 1000});
  base::input_buffer input;
  test::receive(input, "$100000000\r\n");
  std::string const piece(100'000, 'x');
  for (int pieces = 0; pieces < 1000; ++pieces) {
    test::receive(input, piece);
    CHECK(parser.next(input) == parse_status::need_more);
    CHECK(input.unread().empty());
  }
  test::receive(input, "\r\n");
  CHECK(parser.next(input) == parse_status::complete);
  CHECK(parser.take().number == 100'000'000);
}

TEST_CASE("arrays nest, and hold every kind of reply") {
  CHECK(read("*0\r\n*2\r\n$1\r\n7\r\n*3\r\n:1\r\n$-1\r\n+fine\r\n+after\r\n") ==
        lines{"[]", "['7' [1 nil +fine]]", "+after"});
}

TEST_CASE("strings may hold line ends and what looks like replies") {
  CHECK(read("$8\r\n\r\n+OK\r\n\n\r\n*1\r\n$6\r\n\r\n$1\r\n\r\n:1\r\n") ==
        lines{"'\r\n+OK\r\n\n'", "['\r\n$1\r\n']", "1"});
}

TEST_CASE("a string larger than a chunk is read between small replies") {
  std::string const large(25'000, 'x');
  CHECK(read("+OK\r\n$25000\r\n" + large + "\r\n:1\r\n") == lines{"+OK", "'" + large + "'", "1"});
}

TEST_CASE("a string that stands alone shares the bytes that were received") {
  reply_parser parser;
  base::input_buffer input;
  test::receive(input, "$5\r\nhello\r\n");
  char const* const received = input.unread().data();
  REQUIRE(parser.next(input) == parse_status::complete);
  CHECK(parser.take().text.data() == received + 4);
}

TEST_CASE("what Redis does not send is garbage") {
  for (std::string const bytes : {"hello\r\n",
                                  "$x\r\n",
                                  "$\r\n",
                                  "$-2\r\n",
                                  "$+5\r\nhello\r\n",
                                  ":x\r\n",
                                  "$5\r\nhello!\r\n",
                                  "*1\r\n$5\r\nhello!\r\n",
                                  "*1\r\n$-5\r\n",
                                  "+no\nend\r\n",
                                  "$11111111111111111111111\r\n",
                                  "*-2\r\n",
                                  ",1.5\r\n",
                                  "#t\r\n",
                                  "%1\r\n:1\r\n:2\r\n",
                                  "~1\r\n:1\r\n",
                                  ">1\r\n:1\r\n",
                                  "(12345\r\n",
                                  "=6\r\ntxt:ok\r\n",
                                  "_\r\n"}) {
    INFO(bytes);
    lines const said = read(bytes);
    REQUIRE(said.size() == 1);
    CHECK(said.front() == "garbage");
  }
}

TEST_CASE("replies above their limits are garbage before they are there") {
  CHECK(read("$30000\r\n") == lines{});
  CHECK(read("$30001\r\n") == lines{"garbage"});
  CHECK(read("+" + std::string(1'000, 'x')) == lines{"garbage"});
  CHECK(read("*21\r\n") == lines{"garbage"});
  CHECK(read("*11\r\n*10\r\n") == lines{"garbage"});
  CHECK(read("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n") == lines{"garbage"});
}

TEST_CASE("arrays nest as deep as the limit says, and no deeper") {
  CHECK(read("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n") == lines{"[[[[[[[1]]]]]]]"});
  CHECK(read("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n") == lines{"garbage"});
}

TEST_CASE("limits hold for each reply, not for their sum") {
  std::string one = "*20\r\n";
  for (int count = 0; count < 20; ++count) one += ":1\r\n";
  CHECK(read(one + one + one).size() == 3);
  std::string const text = "+" + std::string(600, 'x') + "\r\n";
  CHECK(read(text + text + text).size() == 3);
}

TEST_CASE("garbage stays garbage") {
  reply_parser parser;
  base::input_buffer input;
  test::receive(input, "$x\r\n+OK\r\n");
  CHECK(parser.next(input) == parse_status::garbage);
  CHECK(parser.next(input) == parse_status::garbage);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a number of elements that is merely announced takes no room") {
  auto const in_use = [] { return mallinfo2().uordblks + mallinfo2().hblkhd; };
  reply_parser parser;
  base::input_buffer input;
  test::receive(input, "*");
  std::size_t const before = in_use();
  test::receive(input, "200000\r\n:1\r\n*60000\r\n");
  CHECK(parser.next(input) == parse_status::need_more);
  CHECK(in_use() < before + 16 * 1024);
}
#endif
