#include "protocol/memcached/text/request_parser.hpp"

#include "support/catch.hpp"
#include "unit/protocol/memcached/splits.hpp"

using namespace tandem;
using namespace std::string_literals;
using model::verb;
using protocol::text::event;
using protocol::text::parser_limits;
using protocol::text::request_parser;

namespace {

using lines = std::vector<std::string>;

std::string describe(model::request const& asked) {
  std::string said(traits(asked.command).name);
  if (asked.command != verb::flush) said += " " + asked.key.str();
  if (includes(asked.wanted, model::want::cas)) said += " +cas";
  bool const whole = asked.command == verb::set || asked.command == verb::add ||
                     asked.command == verb::replace || asked.command == verb::cas;
  if (whole) said += " f" + std::to_string(asked.flags);
  if (!asked.expires.never()) said += " t" + std::to_string(asked.expires.wire());
  if (asked.command == verb::increment || asked.command == verb::decrement) {
    said += " by " + std::to_string(asked.delta);
  }
  if (asked.compare_cas) said += " if " + std::to_string(*asked.compare_cas);
  if (traits(asked.command).has_value) said += " '" + asked.value.str() + "'";
  return said;
}

/// What the reply is to tell, in its order.
std::string describe_meta(request_parser& parser) {
  constexpr std::string_view letters = "stcflhkO";
  std::string said = " as meta";
  parser.told().for_each([&](protocol::meta::told each) {
    bool const opaque = each == protocol::meta::told::opaque;
    said +=
        " " + (opaque ? parser.opaque().str() : std::string(1, letters.at(static_cast<std::size_t>(each))));
  });
  if (parser.told().base64()) said += " in base64";
  if (parser.told().quiet()) said += " quietly";
  return said;
}

std::string describe(request_parser& parser, event happened) {
  using protocol::text::local_command;
  switch (happened) {
    case event::need_more: return "more";
    case event::request:
    case event::key: return describe(parser.request());
    case event::lone_key: return describe(parser.request()) + " END";
    case event::meta: return describe(parser.request()) + describe_meta(parser);
    case event::end_of_keys: return "END";
    case event::local:
      switch (parser.local()) {
        case local_command::version: return "version";
        case local_command::verbosity: return "verbosity";
        case local_command::no_operation: return "no operation";
        case local_command::metadump: return "metadump";
        case local_command::cluster: return "cluster";
        case local_command::stats: return "stats '" + std::string(parser.arguments()) + "'";
      }
      return "?";
    case event::too_large: return describe(parser.request()) + ", then " + std::string(parser.error_line());
    case event::error: return std::string(parser.error_line());
    case event::hang_up: return "close" + std::string(parser.error_line());
  }
  return "?";
}

lines read_pieces(test::pieces const& split, parser_limits limits) {
  request_parser parser(limits);
  base::input_buffer input;
  lines said;
  for (auto piece : split) {
    test::receive(input, piece);
    for (event happened = parser.next(input); happened != event::need_more; happened = parser.next(input)) {
      said.push_back(describe(parser, happened) + (parser.noreply() ? " quietly" : ""));
      if (happened == event::hang_up) return said;
    }
  }
  return said;
}

lines read(std::string_view bytes, parser_limits limits = {}) {
  return test::at_every_split(bytes,
                              [limits](test::pieces const& split) { return read_pieces(split, limits); });
}

struct example {
  std::string sent;
  lines expected;
};

void check(std::vector<example> const& examples) {
  for (auto const& each : examples) {
    INFO("sent: " << each.sent);
    CHECK(read(each.sent) == each.expected);
  }
}

std::string const key_251(251, 'k');
std::string const key_250(250, 'k');
lines const error{"ERROR"};
lines const bad_format{"CLIENT_ERROR bad command line format"};
lines const bad_exptime{"CLIENT_ERROR invalid exptime argument"};
lines const bad_delta{"CLIENT_ERROR invalid numeric delta argument"};
lines const bad_chunk{"CLIENT_ERROR bad data chunk"};
lines const closed{"close"};
lines const bad_delete{"CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]"};

lines quietly(lines said) {
  for (auto& line : said) line += " quietly";
  return said;
}

lines joined(lines first, lines const& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

TEST_CASE("a retrieval yields a request per key and then its end") {
  check({
      {"get k\r\n", {"get k END"}},
      {"get a b  c \r\n", {"get a", "get b", "get c", "END"}},
      {"get k k\r\n", {"get k", "get k", "END"}},
      {"  get k\n", {"get k END"}},
      {"gets a b\r\n", {"get a +cas", "get b +cas", "END"}},
      {"bget a\r\n", {"get a END"}},
      {"gat 10 a b\r\n", {"gat a t10", "gat b t10", "END"}},
      {"gats 0 a\r\n", {"gat a +cas END"}},
      {"gat -1 a\r\n", {"gat a t-1 END"}},
      {"gat 0\r\n", {"END"}},
      {"get " + key_250 + "\r\n", {"get " + key_250 + " END"}},
      {"get a\r\nget b\r\n", {"get a END", "get b END"}},
      {"get\r\n", error},
      {"get \r\n", error},
      {"gat\r\n", error},
      {"gat abc k\r\n", bad_exptime},
      {"gat k\r\n", bad_exptime},
      {"gat abc " + key_251 + "\r\n", bad_exptime},
      {"gat 9999999999999999999999 k\r\n", bad_exptime},
  });
}

TEST_CASE("one bad key is the answer to a whole retrieval") {
  check({
      {"get " + key_251 + "\r\n", bad_format},
      {"get a b " + key_251 + " c\r\nget a\r\n", joined(bad_format, {"get a END"})},
      {"gats 0 a " + key_251 + "\r\n", bad_format},
  });
}

TEST_CASE("a key may hold control characters, and a NUL ends the line") {
  check({
      {"get \x01\x7f\xff\r\n", {"get \x01\x7f\xff END"}},
      {"get a\tb\r\n", {"get a\tb END"}},
      {"get a\r b\r\n", {"get a\r", "get b", "END"}},
      {"get a\0b c\r\n"s, {"get a END"}},
      {"get\0 a\r\n"s, error},
      {"touch k 5\0 1 2 3\r\n"s, {"touch k t5"}},
  });
}

TEST_CASE("storing commands carry key, flags, time and value") {
  check({
      {"set k 7 100 5\r\nhello\r\n", {"set k f7 t100 'hello'"}},
      {"set k 0 0 5\nhello\r\n", {"set k f0 'hello'"}},
      {"set k 0 0 0\r\n\r\n", {"set k f0 ''"}},
      {"set k 0 0 4\r\n\r\n\r\n\r\n", {"set k f0 '\r\n\r\n'"}},
      {"set k 0 0 1 noreply\r\nx\r\n", {"set k f0 'x' quietly"}},
      {"set k 0 0 1 noreply \r\nx\r\n", {"set k f0 'x' quietly"}},
      {"set k 0 0 1 NOREPLY\r\nx\r\n", {"set k f0 'x'"}},
      {"set k 0 0 1 2\r\nx\r\n", {"set k f0 'x'"}},
      {"add k 1 2 1\r\nx\r\n", {"add k f1 t2 'x'"}},
      {"replace k 1 2 1\r\nx\r\n", {"replace k f1 t2 'x'"}},
      {"append k 0 0 1\r\nx\r\n", {"append k 'x'"}},
      {"prepend k 0 0 1\r\nx\r\n", {"prepend k 'x'"}},
      {"cas k 1 2 1 18446744073709551615\r\nx\r\n", {"cas k f1 t2 if 18446744073709551615 'x'"}},
      {"cas k 1 2 1 0 noreply\r\nx\r\n", {"cas k f1 t2 if 0 'x' quietly"}},
      {"cas k 0 0 1 1 1\r\nx\r\n", {"cas k f0 if 1 'x'"}},
      {"set a 0 0 1\r\n1\r\nset b 0 0 1\r\n2\r\nget a\r\n", {"set a f0 '1'", "set b f0 '2'", "get a END"}},
  });
}

TEST_CASE("a malformed storing line is answered, and its data is the next command") {
  check({
      {"set\r\n", error},
      {"set k\r\n", error},
      {"set k 0 0\r\n", error},
      {"set k 0 0 1 noreply x\r\nv\r\n", joined(error, error)},
      {"cas k 0 0 1\r\nv\r\n", joined(error, error)},
      {"cas k 0 0 1 1 noreply x\r\n", error},
      {"cas k 0 0 1 noreply\r\nv\r\n", joined(quietly(bad_format), error)},
      {"cas k 0 0 1 abc\r\nv\r\n", joined(bad_format, error)},
      {"cas k 0 0 1 -1\r\n", bad_format},
      {"cas k 0 0 1 99999999999999999999\r\n", bad_format},
      {"set k 0 0 abc\r\nget a\r\n", joined(bad_format, {"get a END"})},
      {"set k 0 0 abc noreply\r\nget a\r\n", joined(quietly(bad_format), {"get a END"})},
      {"set k 0 0 noreply\r\n", quietly(bad_format)},
      {"set k 0 0 -1\r\n", bad_format},
      {"set k 0 0 2147483647\r\n", bad_format},
      {"set k 0 0 99999999999999999999\r\n", bad_format},
      {"set k -1 0 1\r\n", bad_format},
      {"set k abc 0 1\r\n", bad_format},
      {"set k 1a 0 1\r\n", bad_format},
      {"set k 0x10 0 1\r\n", bad_format},
      {"set k \t 0 1\r\n", bad_format},
      {"set k 0 abc 1\r\n", bad_format},
      {"set k 0 9999999999999999999999 1\r\n", bad_format},
      {"set " + key_251 + " 0 0 1\r\nv\r\n", joined(bad_format, error)},
      {"set " + key_251 + " 0 0 1 noreply\r\nv\r\n", joined(quietly(bad_format), error)},
  });
}

TEST_CASE("numbers wrap and are parted as memcached has them") {
  check({
      {"set k 4294967295 0 1\r\nv\r\n", {"set k f4294967295 'v'"}},
      {"set k 4294967296 0 1\r\nv\r\n", {"set k f0 'v'"}},
      {"set k +1 0 1\r\nv\r\n", {"set k f1 'v'"}},
      {"set k -0 0 1\r\nv\r\n", {"set k f0 'v'"}},
      {"set k -18446744073709551615 0 1\r\nv\r\n", {"set k f1 'v'"}},
      {"set k \t1 0 1\r\nv\r\n", {"set k f1 'v'"}},
      {"set k 1\tz 0 1\r\nv\r\n", {"set k f1 'v'"}},
      {"set k 0 0 4294967297\r\nv\r\n", {"set k f0 'v'"}},
      {"set k 0 -1 1\r\nv\r\n", {"set k f0 t-1 'v'"}},
      {"set k 0 2147483647 1\r\nv\r\n", {"set k f0 t2147483647 'v'"}},
      {"set k 0 2147483648 1\r\nv\r\n", {"set k f0 t-2147483648 'v'"}},
      {"set k 0 4294967296 1\r\nv\r\n", {"set k f0 'v'"}},
  });
}

TEST_CASE("a value without its line's end is swallowed to its announced length and two bytes") {
  check({
      {"set k 0 0 1\r\n123\r\nget a\r\n", joined(bad_chunk, joined(error, {"get a END"}))},
      {"set k 0 0 1\r\n1\nget k\r\n", joined(bad_chunk, error)},
      {"set k 0 0 1\r\nab\nget a\r\n", joined(bad_chunk, {"get a END"})},
      {"set k 0 0 1\n\n5\r\n", joined(bad_chunk, error)},
      {"set k 0 0 1 noreply\r\n123\r\n", joined(quietly(bad_chunk), error)},
      {"set k 0 0 3\r\n1\r\nget a\r\n", joined(bad_chunk, error)},
  });
}

TEST_CASE("a value above the limit is swallowed, and a set of one removes the old item") {
  parser_limits limits;
  limits.value_max = 5;
  std::string const large = "SERVER_ERROR object too large for cache";
  CHECK(read("set k 0 0 5\r\n12345\r\n", limits) == lines{"set k f0 '12345'"});
  CHECK(read("set k 0 0 6\r\n12\r\n56\r\nget a\r\n", limits) ==
        lines{"delete k, then " + large, "get a END"});
  CHECK(read("set k 0 0 6 noreply\r\n123456\r\nget a\r\n", limits) ==
        lines{"delete k, then " + large + " quietly", "get a END"});
  for (std::string name : {"add", "replace", "append", "prepend"}) {
    CHECK(read(name + " k 0 0 6\r\n123456\r\nget a\r\n", limits) == lines{large, "get a END"});
  }
  CHECK(read("cas k 0 0 6 1 noreply\r\n123456\r\nget a\r\n", limits) ==
        lines{large + " quietly", "get a END"});
  CHECK(read("add k 0 0 6\r\n123456xxget a\r\n", limits) == lines{large, "get a END"});
}

TEST_CASE("a large value of a client is read into a block that ends with it") {
  std::string const value(40'000, 'v');
  CHECK(read("set k 0 0 40000\r\n" + value + "\r\nget k\r\n") ==
        lines{"set k f0 '" + value + "'", "get k END"});

  request_parser parser{parser_limits()};
  base::input_buffer input;
  test::receive(input, "set k 0 0 40000\r\nfirst");
  REQUIRE(parser.next(input) == event::need_more);
  test::receive(input, value.substr(0, 30'000));
  CHECK(input.prepare().size() == 40'002 - 30'005);
}

TEST_CASE("arithmetic takes an unsigned delta") {
  check({
      {"incr k 1\r\n", {"incr k by 1"}},
      {"decr k 18446744073709551615 noreply\r\n", {"decr k by 18446744073709551615 quietly"}},
      {"incr k 1 2\r\n", {"incr k by 1"}},
      {"incr k\r\n", error},
      {"incr k 1 noreply x\r\n", error},
      {"incr k -1\r\n", bad_delta},
      {"incr k 1a\r\n", bad_delta},
      {"incr k 18446744073709551616\r\n", bad_delta},
      {"incr k abc noreply\r\n", quietly(bad_delta)},
      {"incr k noreply\r\n", quietly(bad_delta)},
      {"incr " + key_251 + " abc\r\n", bad_format},
  });
}

TEST_CASE("touch takes a time") {
  check({
      {"touch k 10\r\n", {"touch k t10"}},
      {"touch k 0 noreply\r\n", {"touch k quietly"}},
      {"touch k 0 x\r\n", {"touch k"}},
      {"touch k\r\n", error},
      {"touch k 0 noreply x\r\n", error},
      {"touch k abc\r\n", bad_exptime},
      {"touch k noreply\r\n", quietly(bad_exptime)},
      {"touch " + key_251 + " abc\r\n", bad_format},
  });
}

TEST_CASE("delete takes a delay of nought and nothing else") {
  check({
      {"delete k\r\n", {"delete k"}},
      {"delete noreply\r\n", {"delete noreply"}},
      {"delete k 0\r\n", {"delete k"}},
      {"delete k noreply\r\n", {"delete k quietly"}},
      {"delete k 0 noreply\r\n", {"delete k quietly"}},
      {"delete\r\n", error},
      {"delete k 0 noreply x\r\n", error},
      {"delete k 5\r\n", bad_delete},
      {"delete k 00\r\n", bad_delete},
      {"delete k 0 x\r\n", bad_delete},
      {"delete k 5 noreply\r\n", quietly(bad_delete)},
      {"delete k noreply noreply\r\n", quietly(bad_delete)},
      {"delete k noreply 5\r\n", bad_delete},
      {"delete " + key_251 + "\r\n", bad_format},
      {"delete " + key_251 + " noreply\r\n", quietly(bad_format)},
      {"delete " + key_251 + " 5\r\n", bad_delete},
  });
}

TEST_CASE("flush_all takes a delay") {
  check({
      {"flush_all\r\n", {"flush_all"}},
      {"flush_all 0\r\n", {"flush_all"}},
      {"flush_all 10\r\n", {"flush_all t10"}},
      {"flush_all -10\r\n", {"flush_all t-10"}},
      {"flush_all noreply\r\n", {"flush_all quietly"}},
      {"flush_all 10 noreply\r\n", {"flush_all t10 quietly"}},
      {"flush_all 0 x\r\n", {"flush_all"}},
      {"flush_all x\r\n", bad_exptime},
      {"flush_all noreply 0\r\n", bad_exptime},
      {"flush_all x noreply\r\n", quietly(bad_exptime)},
      {"flush_all noreply noreply\r\n", quietly(bad_exptime)},
      {"flush_all 0 noreply x\r\n", error},
  });
}

TEST_CASE("commands about the server are the session's") {
  check({
      {"version\r\n", {"version"}},
      {"version noreply\r\n", {"version"}},
      {"verbosity 1\r\n", {"verbosity"}},
      {"verbosity 1 noreply\r\n", {"verbosity quietly"}},
      {"verbosity 1 2\r\n", {"verbosity"}},
      {"verbosity\r\n", error},
      {"verbosity 1 2 3\r\n", error},
      {"verbosity x\r\n", bad_format},
      {"verbosity -1\r\n", bad_format},
      {"verbosity noreply\r\n", quietly(bad_format)},
      {"stats\r\n", {"stats ''"}},
      {"stats  items  x \r\n", {"stats 'items  x'"}},
      {"stats noreply\r\n", {"stats 'noreply'"}},
      {"lru_crawler metadump all\r\n", {"metadump"}},
      {"lru_crawler metadump hash\r\n", {"metadump"}},
      {"lru_crawler metadump 1,63,\r\n", {"metadump"}},
      {"lru_crawler metadump 1,64\r\n", {"BADCLASS invalid class id"}},
      {"lru_crawler metadump 1,,2\r\n", {"metadump"}},
      {"lru_crawler metadump ,\r\n", {"BADCLASS invalid class id"}},
      {"lru_crawler metadump every\r\n", {"BADCLASS invalid class id"}},
      {"lru_crawler metadump\r\n", {"ERROR"}},
      {"lru_crawler crawl all\r\n", {"ERROR"}},
      {"config get cluster\r\n", {"cluster"}},
      {"config get cluster now\r\n", {"ERROR"}},
      {"config set cluster\r\n", {"ERROR"}},
      {"config get other\r\n", {"ERROR"}},
      {"shutdown\r\n", {"ERROR: shutdown not enabled"}},
      {"quit\r\nget k\r\n", closed},
      {"quit foo\r\n", closed},
  });
}

TEST_CASE("what is no command is an error, and the connection goes on") {
  check({
      {"\r\n", error},
      {"\n", error},
      {"  \r\n", error},
      {"foo\r\nget k\r\n", joined(error, {"get k END"})},
      {"GET k\r\n", error},
      {"SET k 0 0 1\r\n", error},
      {"get\tk\r\n", error},
      {"watch\r\n", error},
      {"\xff\x80\r\n", error},
      {"delete k 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\r\n", error},
  });
}

TEST_CASE("an HTTP request is hung up on") {
  std::string twenty_one;
  for (int word = 0; word < 21; ++word) twenty_one += " x";
  check({
      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", closed},
      {" POST /x HTTP/1.0 \n", closed},
      {"HTTP/1.1\r\n", closed},
      {"foo" + twenty_one + " HTTP/1.1\r\n", closed},
      {"foo" + twenty_one + " x HTTP/1.1\r\n", error},
      {"PUT x http/1.1\r\n", error},
      {"foo HTTP/1.1 x\r\n", error},
      {"x HTTP/1.1\r\n", error},
      {"dx HTTP/1.1\r\n", error},
      {"Host: x\r\n", error},
      {"get / HTTP/1.1\r\n", {"get /", "get HTTP/1.1", "END"}},
  });
}

TEST_CASE("a long line is answered and hung up on, unless it is a retrieval") {
  lines const too_long{"closeCLIENT_ERROR line too long"};
  std::string const spaces(2040, ' ');
  check({
      {"version" + spaces + "\n", {"version"}},
      {"version" + spaces + "xx\n", too_long},
      {std::string(2048, 'x') + "\n", error},
      {std::string(2049, 'x'), too_long},
      {std::string(2049, 'x') + "\n", too_long},
      {std::string(2048, 'x'), {}},
  });
  std::string keys;
  lines expected;
  for (int key = 0; key < 1500; ++key) {
    keys += " k" + std::to_string(key);
    expected.push_back("get k" + std::to_string(key));
  }
  expected.push_back("END");
  CHECK(read("get" + keys + "\r\n") == expected);
  CHECK(read(std::string(100, ' ') + "get" + keys + "\r\n") == expected);
  CHECK(read(std::string(101, ' ') + "get" + keys + "\r\n") == too_long);
  CHECK(read("gats 0" + keys + "\r\n").size() == expected.size());
  CHECK(read("delete" + keys + "\r\n") == too_long);

  parser_limits limits;
  limits.line_max = 3000;
  CHECK(read("get" + keys + "\r\n", limits) == too_long);
  CHECK(read("get k" + std::string(2995, ' ') + "\n", limits) == lines{"get k END"});
  CHECK(read("get k" + std::string(2996, ' ') + "\n", limits) == too_long);
}

TEST_CASE("an idle parser holds no chunk") {
  std::size_t const before = base::chunk::bytes_in_use();
  request_parser parser{parser_limits()};
  base::input_buffer input;
  test::receive(
      input, "set k 0 0 1\r\n1\r\nget a b\r\nstats\r\nset k 0 0 1999999\r\n" + std::string(2'000'001, 'x'));
  while (parser.next(input) != event::need_more) {
  }
  CHECK(input.idle());
  CHECK(base::chunk::bytes_in_use() == before);
}

TEST_CASE("meta commands stand among classic ones") {
  check({
      {"mg k v O1\r\nget k\r\n", {"get k as meta O1", "get k END"}},
      {"ms k 5 T60\r\nhello\r\nmg k v\r\n", {"set k f0 t60 'hello' as meta", "get k as meta"}},
      {" md  k \n", {"delete k as meta"}},
      {"ma k D5\r\n", {"incr k by 5 as meta"}},
      {"me k\r\n", {"debug k as meta"}},
      {"mn\r\nmn x\r\n", {"no operation", "no operation"}},
      {"me aw== b\r\n", {"debug k as meta in base64"}},
      {"mg k s v Oabc t c q f h k l\r\n", {"get k +cas as meta s Oabc t c f h k l quietly"}},
      {"mg aw== O b k\r\n", {"get k as meta O k in base64"}},
      {"mg k v\0x\r\n"s, {"get k as meta"}},
      {"mgx k\r\n", error},
  });
}

TEST_CASE("the value after a meta line is swallowed with it, or read as commands, as memcached does") {
  check({
      {"ms k 4 z\r\nmn x\r\nmn\r\n", {"CLIENT_ERROR invalid flag", "no operation"}},
      {"ms k x\r\nmn\r\n", joined(bad_format, {"no operation"})},
      {"ms " + key_251 + " 2\r\nhi\r\n", joined(bad_format, error)},
      {"ms k 2 q\r\nhiX\r\nmn\r\n", joined(bad_chunk, joined(error, {"no operation"}))},
      {"ms k 2 q\r\nhi\r\n", {"set k f0 'hi' as meta quietly"}},
      {"ms k 0\r\n\r\n", {"set k f0 '' as meta"}},
  });
}

TEST_CASE("a value that is too large for ms removes the old item, whatever the mode") {
  std::string const line = "ms k 9 ME q\r\n123456789\r\nmn\r\n";
  CHECK(read(line, {8, 250, 4096}) ==
        lines{"delete k, then SERVER_ERROR object too large for cache", "no operation"});
}

TEST_CASE("a classic command after a meta one is answered as classic") {
  check({{"ms k 1\r\nx\r\nset k 0 0 1\r\ny\r\n", {"set k f0 'x' as meta", "set k f0 'y'"}}});
}

TEST_CASE("a command whose value is awaited or swallowed holds no chunk, and is read as it was said") {
  for (std::string const command : {"set k 1 2 9", "ms k 9 F1", "ms k 9 Oab c", "ms aw== 9 Oab b",
                                    "append k 0 0 9 noreply", "set k 0 0 2000000"}) {
    INFO(command);
    std::size_t const before = base::chunk::bytes_in_use();
    request_parser parser({.value_max = 1000});
    base::input_buffer input;
    test::receive(input, command + "\r\nx");
    while (parser.next(input) != event::need_more) {
    }
    input.settle();
    CHECK(base::chunk::bytes_in_use() - before < 200);
    if (command.find("2000000") != std::string::npos) continue;
    test::receive(input, "23456789\r\n");
    CHECK(parser.next(input) != event::need_more);
    CHECK(parser.request().key.view() == "k");
    CHECK(parser.request().value.view() == "x23456789");
    CHECK(parser.opaque().view() == (command.find("Oab") == std::string::npos ? "" : "Oab"));
  }
}
