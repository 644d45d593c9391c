#include "protocol/memcached/meta/reply_parser.hpp"

#include "support/catch.hpp"
#include "unit/protocol/memcached/splits.hpp"

using namespace tandem;
using namespace std::string_literals;
using base::parse_status;
using model::status;
using model::verb;
using protocol::meta::reply;
using protocol::meta::reply_code;
using protocol::meta::reply_parser;

namespace {

using lines = std::vector<std::string>;

constexpr std::size_t value_max = 50'000;
constexpr std::size_t kept_max = 45'000;
constexpr verb every_verb[] = {verb::get,   verb::get_and_touch, verb::touch,     verb::set,
                               verb::add,   verb::replace,       verb::append,    verb::prepend,
                               verb::cas,   verb::increment,     verb::decrement, verb::remove,
                               verb::debug, verb::flush};

std::string describe(reply_code code) {
  switch (code) {
    case reply_code::value: return "value";
    case reply_code::done: return "done";
    case reply_code::miss: return "miss";
    case reply_code::not_found: return "not found";
    case reply_code::not_stored: return "not stored";
    case reply_code::exists: return "exists";
    case reply_code::debug: return "debug";
    case reply_code::no_operation: return "no operation";
    case reply_code::ok: return "ok";
    case reply_code::error: return "error";
    case reply_code::client_error: return "client error";
    case reply_code::server_error: return "server error";
  }
  return "?";
}

std::string describe(reply const& received) {
  std::string said = describe(received.code);
  if (received.flags != 0) said += " f" + std::to_string(received.flags);
  if (received.cas != 0) said += " c" + std::to_string(received.cas);
  if (received.ttl != -1) said += " t" + std::to_string(received.ttl);
  if (received.size != 0) said += " s" + std::to_string(received.size);
  if (received.idle != 0) said += " l" + std::to_string(received.idle);
  if (received.fetched) said += " h";
  if (received.won) said += " W";
  if (received.stale) said += " X";
  if (received.claimed) said += " Z";
  if (received.code == reply_code::value) said += " '" + received.value.str() + "'";
  if (received.oversized != 0) said += " of " + std::to_string(received.oversized);
  if (!received.message.empty()) said += ": " + received.message.str();
  return said;
}

lines read_pieces(test::pieces const& split) {
  reply_parser parser(value_max, kept_max);
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

reply received(std::string_view bytes) {
  reply_parser parser(value_max, value_max);
  base::input_buffer input;
  test::receive(input, bytes);
  REQUIRE(parser.next(input) == parse_status::complete);
  return parser.take();
}

model::request request_of(verb command) {
  model::request made;
  made.command = command;
  return made;
}

model::request conditional(verb command) {
  model::request made = request_of(command);
  made.compare_cas = 5;
  return made;
}

std::optional<model::response> to_response(model::request const& asked, reply answer) {
  return protocol::meta::to_response(asked, {&answer, 1});
}

/// The verbs, by name, to which `bytes` are an answer, each with the status that it means.
lines meanings(std::string_view bytes, model::request (*make)(verb) = request_of) {
  lines said;
  for (verb command : every_verb) {
    auto const answer = to_response(make(command), received(bytes));
    if (answer) said.push_back(std::string(traits(command).name) + std::to_string(int(answer->status)));
  }
  return said;
}

lines all_as(status meant, std::vector<verb> const& verbs) {
  lines said;
  for (verb command : verbs) said.push_back(std::string(traits(command).name) + std::to_string(int(meant)));
  return said;
}

std::vector<verb> const storing{verb::set, verb::add, verb::replace, verb::append, verb::prepend, verb::cas};

}  // namespace

TEST_CASE("a value that is longer than is kept is read past, and what follows is read") {
  std::string const kept(45'000, 'x');
  CHECK(read("VA 45000 f1\r\n" + kept + "\r\nVA 45001 f2\r\n" + kept + "y\r\nHD\r\n") ==
        lines{"value f1 '" + kept + "'", "value f2 '' of 45001", "done"});
  CHECK(read("VA 45001 f2\r\n" + kept + "yzz") == lines{"garbage"});
}

TEST_CASE("a value comes with what was asked for") {
  CHECK(read("VA 5\r\nhello\r\n") == lines{"value 'hello'"});
  CHECK(read("VA 0 f7 c18446744073709551615 t0\r\n\r\n") == lines{"value f7 c18446744073709551615 t0 ''"});
  CHECK(read("VA 2 f4294967295 c1 t-1\r\n\r\n\r\n") == lines{"value f4294967295 c1 '\r\n'"});
  CHECK(read("VA 1 f0 c2 X W\r\nv\r\n") == lines{"value c2 W X 'v'"});
  CHECK(read("VA 1 Z\r\nv\r\nEN\r\nVA 1\r\nw\r\n") == lines{"value Z 'v'", "miss", "value 'w'"});
}

TEST_CASE("a large value of a server is read into a block that ends with it") {
  std::string const value(40'000, 'v');
  CHECK(read("VA 40000 f1\r\n" + value + "\r\nHD\r\n") == lines{"value f1 '" + value + "'", "done"});

  reply_parser parser(value_max, value_max);
  base::input_buffer input;
  test::receive(input, "VA 40000 f1\r\nfirst");
  REQUIRE(parser.next(input) == parse_status::need_more);
  test::receive(input, value.substr(0, 30'000));
  CHECK(input.prepare().size() == 40'002 - 30'005);
}

TEST_CASE("replies without a value are read in order") {
  CHECK(
      read("HD\r\nHD c7\r\nEN\r\nNF\r\nNS\r\nEX\r\nEX c0\r\nMN\r\nOK\r\n") ==
      lines{"done", "done c7", "miss", "not found", "not stored", "exists", "exists", "no operation", "ok"});
}

TEST_CASE("errors come with the server's words") {
  CHECK(read("ERROR\r\nERROR Too many open connections\r\n") ==
        lines{"error", "error: Too many open connections"});
  CHECK(read("CLIENT_ERROR bad data chunk\r\n") == lines{"client error: bad data chunk"});
  CHECK(read("SERVER_ERROR out of memory storing object\r\n") ==
        lines{"server error: out of memory storing object"});
  CHECK(read("SERVER_ERROR\r\n") == lines{"server error"});
}

TEST_CASE("blanks at the end of a line, or several between words, say nothing") {
  struct row {
    std::string bytes;
    std::string said;
  };
  for (row const& each : std::vector<row>{
           {"HD \r\n", "done"},
           {"HD   \r\n", "done"},
           {"NF \r\n", "not found"},
           {"NS \r\n", "not stored"},
           {"EX \r\n", "exists"},
           {"EN \r\n", "miss"},
           {"MN \r\n", "no operation"},
           {"OK \r\n", "ok"},
           {"HD c1 \r\n", "done c1"},
           {"HD  c1 f2\r\n", "done f2 c1"},
           {"NF  c1 \r\n", "not found c1"},
           {"EX  c1\r\n", "exists c1"},
           {"VA 3 \r\nabc\r\n", "value 'abc'"},
           {"VA 3  f7 c1 W \r\nabc\r\n", "value f7 c1 W 'abc'"},
           {"VA 1 \r\n \r\n", "value ' '"},
           {"ME k exp=-1 size=3 \r\n", "debug: k exp=-1 size=3"},
           {"ERROR \r\n", "error"},
           {"CLIENT_ERROR bad data chunk \r\n", "client error: bad data chunk"},
           {"SERVER_ERROR \r\n", "server error"},
       }) {
    INFO("received: " << each.bytes);
    CHECK(read(each.bytes) == lines{each.said});
    CHECK(read(each.bytes + "HD\r\n" + each.bytes) == lines{each.said, "done", each.said});
  }
}

TEST_CASE("any line is read where the answer may be nobody's") {
  auto const read_any = [](std::string_view bytes) {
    return test::at_every_split(bytes, [](test::pieces const& split) {
      reply_parser parser(value_max, value_max);
      base::input_buffer input;
      lines said;
      for (auto piece : split) {
        test::receive(input, piece);
        if (said.empty() && parser.any_line(input) == parse_status::complete)
          said.push_back(parser.take().message.str());
        if (!said.empty() && parser.next(input) == parse_status::complete)
          said.push_back(describe(parser.take()));
      }
      return said;
    });
  };
  CHECK(read_any("VERSION 1.6.18\r\n") == lines{"VERSION 1.6.18"});
  CHECK(read_any("VERSION 1.6.18 \r\n") == lines{"VERSION 1.6.18"});
  CHECK(read_any("-ERR unknown command\r\n") == lines{"-ERR unknown command"});
  CHECK(read_any("\r\n") == lines{""});
  CHECK(read_any("no end") == lines{});
  CHECK(read_any("VERSION 1.6.18\r\nHD\r\n") == lines{"VERSION 1.6.18", "done"});
  CHECK(read_any(std::string(reply_parser::line_max + 1, 'x')) ==
        lines{std::string(reply_parser::line_max, 'x')});
}

TEST_CASE("every deviation is garbage") {
  for (std::string bytes : {
           "\r\n",
           "\n",
           "HD\n",
           "hd\r\n",
           " HD\r\n",
           "HDX\r\n",
           "XX\r\n",
           "HD c\r\n",
           "HD c-1\r\n",
           "HD cx\r\n",
           "HD c18446744073709551616\r\n",
           "HD q\r\n",
           "HD Wx\r\n",
           "EN c1\r\n",
           "OK c1\r\n",
           "MN k\r\n",
           "VA\r\n",
           "VA \r\n",
           "VA x\r\n",
           "VA -1\r\n",
           "VA +1\r\n",
           "VA 1x\r\n",
           "VA 18446744073709551616\r\n",
           "VA 50001\r\n",
           "VA 1 f4294967296\r\nv\r\n",
           "VA 1 t-2\r\nv\r\n",
           "VA 1\r\nvw\r\n",
           "VA 1\r\nv\n\n",
           "VA 1\r\nv\r\r",
           "VALUE k 0 1\r\nv\r\nEND\r\n",
           "STORED\r\n",
           "ERRORS\r\n",
           "SERVER_ERROR late\n",
           "VERSION 1.6.18\r\n",
       }) {
    INFO("received: " << bytes);
    CHECK(read(bytes) == lines{"garbage"});
  }
  CHECK(read("HD\r\nfoo\r\nHD\r\n") == lines{"done", "garbage"});
  CHECK(read("HD\0\r\n"s) == lines{"garbage"});
}

TEST_CASE("a line of a server has a limit") {
  std::string const longest = "SERVER_ERROR " + std::string(reply_parser::line_max - 13, 'x');
  CHECK(read(longest + "\r\n").size() == 1);
  CHECK(read(longest + "\r\n") != lines{"garbage"});
  CHECK(read(longest + "x\r\n") == lines{"garbage"});
  CHECK(read(longest + "xx") == lines{"garbage"});
}

TEST_CASE("a hit becomes a response with all that the reply carried") {
  for (verb command : {verb::get, verb::get_and_touch}) {
    auto const answer = to_response(request_of(command), received("VA 5 f7 c8 t9\r\nhello\r\n"));
    REQUIRE(answer);
    CHECK(answer->status == status::ok);
    CHECK(answer->value.view() == "hello");
    CHECK(answer->flags == 7);
    CHECK(answer->cas == 8);
    CHECK(answer->ttl == 9);
  }
}

TEST_CASE("a value answers arithmetic only if it is a number") {
  auto const answer =
      to_response(request_of(verb::increment), received("VA 20 c4\r\n18446744073709551615\r\n"));
  REQUIRE(answer);
  CHECK(answer->number == 18446744073709551615u);
  CHECK(answer->cas == 4);
  for (std::string_view bytes : {"VA 0\r\n\r\n", "VA 1\r\nx\r\n", "VA 2\r\n1 \r\n", "VA 2\r\n-1\r\n"}) {
    CHECK_FALSE(to_response(request_of(verb::decrement), received(bytes)));
  }
}

TEST_CASE("a reply means something to some verbs and nothing to the others") {
  std::vector<verb> const retrieving{verb::get, verb::get_and_touch};
  std::vector<verb> const counting{verb::increment, verb::decrement};
  auto const with = [](std::vector<verb> first, std::vector<verb> const& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
  };
  CHECK(meanings("VA 1\r\n1\r\n") == all_as(status::ok, with(retrieving, counting)));
  CHECK(meanings("HD\r\n") == all_as(status::ok, with(with({verb::touch}, storing), {verb::remove})));
  CHECK(meanings("EN\r\n") == all_as(status::not_found, with(retrieving, {verb::touch, verb::debug})));
  CHECK(meanings("NF\r\n") == all_as(status::not_found, with(counting, {verb::remove})));
  CHECK(meanings("NF\r\n", conditional) ==
        all_as(status::not_found, with(with(storing, counting), {verb::remove})));
  CHECK(meanings("NS\r\n") == all_as(status::not_stored, with(storing, counting)));
  CHECK(meanings("EX\r\n").empty());
  CHECK(meanings("EX\r\n", conditional) ==
        all_as(status::exists, with(with(storing, counting), {verb::remove})));
  CHECK(meanings("MN\r\n").empty());
  CHECK(meanings("OK\r\n") == all_as(status::ok, {verb::flush}));
}

TEST_CASE("a refused number and a refused size are told apart from other errors") {
  auto const number =
      to_response(request_of(verb::increment),
                  received("CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"));
  CHECK(number->status == status::non_numeric);
  for (verb command : storing) {
    auto const size =
        to_response(request_of(command), received("SERVER_ERROR object too large for cache\r\n"));
    CHECK(size->status == status::too_large);
  }
}

TEST_CASE("an error keeps the server's words, unless a value may have been taken for commands") {
  for (verb command : every_verb) {
    auto const server = to_response(request_of(command), received("SERVER_ERROR out of memory\r\n"));
    REQUIRE(server);
    CHECK(server->status == status::server_error);
    CHECK(server->failure == base::error_kind::refused);
    CHECK(server->message.view() == "out of memory");

    auto const client =
        to_response(request_of(command), received("CLIENT_ERROR bad command line format\r\n"));
    auto const unknown = to_response(request_of(command), received("ERROR\r\n"));
    CHECK(client.has_value() == !traits(command).has_value);
    CHECK(unknown.has_value() == !traits(command).has_value);
    if (client) CHECK(client->status == status::client_error);
    if (client) CHECK(client->message.view() == "bad command line format");
    if (unknown) CHECK(unknown->status == status::server_error);
    if (unknown) CHECK_FALSE(unknown->message.empty());
  }
}

TEST_CASE("a reply may tell the size, the last access and whether the item was fetched") {
  CHECK(read("HD s5 h1 l7\r\n") == lines{"done s5 l7 h"});
  CHECK(read("VA 1 h0 s1\r\nv\r\n") == lines{"value s1 'v'"});
  CHECK(read("HD h2\r\n") == lines{"garbage"});
  CHECK(read("HD h\r\n") == lines{"garbage"});
  CHECK(read("HD lx\r\n") == lines{"garbage"});
}

TEST_CASE("a get without the value is answered by what was asked for") {
  model::request asked = request_of(verb::get);
  CHECK_FALSE(to_response(asked, received("HD f1\r\n")));
  asked.wanted = model::want::size | model::want::fetched;
  CHECK_FALSE(to_response(asked, received("VA 1 f1\r\nv\r\n")));
  auto const answer = to_response(asked, received("HD f1 c2 t3 s4 h1 l5 W X\r\n"));
  REQUIRE(answer);
  CHECK(answer->flags == 1);
  CHECK(answer->cas == 2);
  CHECK(answer->ttl == 3);
  CHECK(answer->size == 4);
  CHECK(answer->fetched);
  CHECK(answer->idle == 5);
  CHECK(answer->won);
  CHECK(answer->stale);
  CHECK_FALSE(answer->claimed);
}

TEST_CASE("debug is answered by what the server knows of the item") {
  auto const known = to_response(request_of(verb::debug), received("ME YSBi exp=-1 la=0 cas=2\r\n"));
  REQUIRE(known);
  CHECK(known->value.view() == "exp=-1 la=0 cas=2");
  CHECK(to_response(request_of(verb::debug), received("EN\r\n"))->status == status::not_found);
  CHECK_FALSE(to_response(request_of(verb::get), received("ME key exp=-1\r\n")));
}

TEST_CASE("arithmetic that looked for the item first knows whether it was made") {
  model::request asked = request_of(verb::increment);
  asked.wanted = model::want::created;
  auto const answer_to = [&asked](std::string_view first, std::string_view second) {
    std::vector<reply> both{received(first), received(second)};
    return protocol::meta::to_response(asked, both);
  };
  CHECK(answer_to("EN\r\n", "VA 1\r\n5\r\n")->created);
  CHECK(answer_to("EN\r\n", "VA 1\r\n5\r\n")->number == 5);
  CHECK_FALSE(answer_to("ME key exp=-1\r\n", "VA 1\r\n5\r\n")->created);
  CHECK_FALSE(answer_to("EN\r\n", "NF\r\n")->created);
  CHECK_FALSE(answer_to("NF\r\n", "VA 1\r\n5\r\n"));
  CHECK(answer_to("SERVER_ERROR busy\r\n", "SERVER_ERROR busy\r\n")->status == status::server_error);
  CHECK(answer_to("EN\r\n", "SERVER_ERROR busy\r\n")->status == status::server_error);
}

TEST_CASE("a storing command that is refused with its value read leaves the connection sound") {
  model::request asked = request_of(verb::set);
  for (std::string const words : {"invalid flag", "flag E is not possible for backend plain",
                                  "bad key: its rule leaves nothing of it"}) {
    auto const refused = to_response(asked, received("CLIENT_ERROR " + words + "\r\n"));
    REQUIRE(refused);
    CHECK(refused->status == status::client_error);
    CHECK(refused->message.view() == words);
  }
  for (std::string const words : {"bad command line format", "bad data chunk", "flag", "flag E is wrong"})
    CHECK_FALSE(to_response(asked, received("CLIENT_ERROR " + words + "\r\n")));
}
