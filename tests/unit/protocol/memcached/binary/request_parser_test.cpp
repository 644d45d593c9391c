// What is expected here is what memcached 1.6.18 did with the same bytes, but for the cases that say so.
#include "protocol/memcached/binary/request_parser.hpp"

#include "support/catch.hpp"
#include "unit/protocol/memcached/binary/packets.hpp"
#include "unit/protocol/memcached/splits.hpp"

using namespace tandem;
using namespace std::string_literals;
using model::verb;
using model::want;
using protocol::binary::event;
using protocol::binary::opcode;
using protocol::binary::parser_limits;
using protocol::binary::request_parser;
using protocol::binary::status_code;
using test::flags_and_time;
using test::numbers;
using test::packet;
using test::wire;

namespace {

using lines = std::vector<std::string>;

std::string describe(model::request const& asked) {
  std::string said(traits(asked.command).name);
  if (asked.command != verb::flush) said += " " + asked.key.str();
  if (includes(asked.wanted, want::value)) said += " +value";
  if (includes(asked.wanted, want::cas)) said += " +cas";
  if (asked.flags != 0) said += " f" + std::to_string(asked.flags);
  if (!asked.expires.never()) said += " t" + std::to_string(asked.expires.wire());
  if (asked.delta != 0) said += " by " + std::to_string(asked.delta);
  if (asked.vivify) {
    said += " else " + std::to_string(asked.initial) + " for " + std::to_string(asked.vivify->wire());
  }
  if (asked.compare_cas) said += " if " + std::to_string(*asked.compare_cas);
  if (traits(asked.command).has_value) said += " '" + asked.value.str() + "'";
  return said;
}

std::string describe(status_code status) {
  switch (status) {
    case status_code::success: return "success";
    case status_code::too_large: return "too large";
    case status_code::invalid_arguments: return "invalid";
    case status_code::unknown_command: return "unknown";
    default: return "?";
  }
}

std::string describe(request_parser& parser, event happened) {
  using protocol::binary::local_command;
  switch (happened) {
    case event::need_more: return "more";
    case event::request: return describe(parser.request());
    case event::local:
      switch (parser.local()) {
        case local_command::no_op: return "no-op";
        case local_command::version: return "version";
        case local_command::stat: return "stat '" + std::string(parser.arguments()) + "'";
      }
      return "?";
    case event::too_large: return describe(parser.request()) + ", then " + describe(parser.status());
    case event::error: return describe(parser.status());
    case event::hang_up:
      return parser.header().empty() ? "close" : describe(parser.status()) + ", then close";
  }
  return "?";
}

/// Every event but a silent close must come with a header to answer with.
lines read_pieces(test::pieces const& split, parser_limits limits) {
  request_parser parser(limits);
  base::input_buffer input;
  lines said;
  for (auto piece : split) {
    test::receive(input, piece);
    for (event happened = parser.next(input); happened != event::need_more; happened = parser.next(input)) {
      said.push_back(describe(parser, happened));
      if (parser.header().size() != protocol::binary::header_size && said.back() != "close") {
        said.push_back("without a header");
      }
      if (happened == event::hang_up) return said;
    }
  }
  return said;
}

lines read(std::string_view bytes, parser_limits limits = {}) {
  return test::at_every_split(bytes,
                              [limits](test::pieces const& split) { return read_pieces(split, limits); });
}

std::string const no_op = packet(opcode::no_op);

/// What becomes of a packet with a no-op behind it.
lines followed(std::string const& sent, parser_limits limits = {}) { return read(sent + no_op, limits); }

lines going_on(std::string said) { return {std::move(said), "no-op"}; }

lines const invalid{"invalid, then close"};
lines const mismatched{"unknown, then close"};
lines const closed{"close"};
std::string const key_251(251, 'k');
std::string const key_250(250, 'k');
std::string const time_10 = wire(std::uint32_t{10});
std::string const eight(8, '\0');

constexpr opcode gets[] = {opcode::get, opcode::get_q, opcode::get_k, opcode::get_kq};
constexpr opcode gats[] = {opcode::gat, opcode::gat_q, opcode::gat_k, opcode::gat_kq};
constexpr opcode stores[] = {opcode::set,   opcode::set_q,   opcode::add,
                             opcode::add_q, opcode::replace, opcode::replace_q};
constexpr opcode appends[] = {opcode::append, opcode::append_q, opcode::prepend, opcode::prepend_q};
constexpr opcode counts[] = {opcode::increment, opcode::increment_q, opcode::decrement, opcode::decrement_q};
constexpr opcode removals[] = {opcode::remove, opcode::remove_q};
constexpr opcode flushes[] = {opcode::flush, opcode::flush_q};

}  // namespace

TEST_CASE("binary: a get wants value and cas, and has a key only") {
  for (opcode code : gets) {
    INFO("opcode " << static_cast<int>(code));
    CHECK(followed(packet(code, {.key = "k"})) == going_on("get k +value +cas"));
    CHECK(followed(packet(code, {.key = "k", .cas = 99})) == going_on("get k +value +cas"));
    CHECK(followed(packet(code, {.key = key_250})) == going_on("get " + key_250 + " +value +cas"));
    CHECK(followed(packet(code, {.key = key_251})) == invalid);
    CHECK(followed(packet(code)) == invalid);
    CHECK(followed(packet(code, {.key = "k", .extras = time_10})) == invalid);
    CHECK(followed(packet(code, {.key = "k", .value = "v"})) == invalid);
  }
}

TEST_CASE("binary: a key may have any byte") {
  CHECK(read(packet(opcode::get, {.key = "a b\r\n\0\x80"s})) == lines{"get a b\r\n\0\x80 +value +cas"s});
}

TEST_CASE("binary: a get and touch has a time, and a touch wants no value") {
  for (opcode code : gats) {
    INFO("opcode " << static_cast<int>(code));
    CHECK(followed(packet(code, {.key = "k", .extras = time_10})) == going_on("gat k +value +cas t10"));
  }
  CHECK(followed(packet(opcode::touch, {.key = "k", .extras = time_10})) == going_on("touch k +cas t10"));
  for (opcode code : {opcode::touch, opcode::gat, opcode::gat_q, opcode::gat_k, opcode::gat_kq}) {
    INFO("opcode " << static_cast<int>(code));
    CHECK(followed(packet(code, {.key = "k"})) == invalid);
    CHECK(followed(packet(code, {.extras = time_10})) == invalid);
    CHECK(followed(packet(code, {.key = "k", .extras = eight})) == invalid);
  }
}

TEST_CASE("binary: a value that a touch or a stat must not have is no packet of its own") {
  // memcached reads it as the next packet, which mostly closes the connection as well, without an answer.
  for (opcode code : {opcode::touch, opcode::gat, opcode::gat_q, opcode::gat_k, opcode::gat_kq}) {
    CHECK(followed(packet(code, {.key = "k", .extras = time_10, .value = no_op})) == invalid);
  }
  CHECK(followed(packet(opcode::stat, {.key = "items", .value = no_op})) == invalid);
}

TEST_CASE("binary: set, add and replace have flags, time, key and value") {
  std::string const extras = flags_and_time(7, 100);
  for (opcode code : stores) {
    INFO("opcode " << static_cast<int>(code));
    std::string name = "set";
    if (code == opcode::add || code == opcode::add_q) name = "add";
    if (code == opcode::replace || code == opcode::replace_q) name = "replace";
    std::string const wanted = quiet(code) ? "" : " +cas";
    CHECK(followed(packet(code, {.key = "k", .extras = extras, .value = "hello"})) ==
          going_on(name + " k" + wanted + " f7 t100 'hello'"));
    CHECK(followed(packet(code, {.key = "k", .extras = eight})) == going_on(name + " k" + wanted + " ''"));
    CHECK(followed(packet(code, {.key = "k", .extras = extras, .value = "v", .cas = 99})) ==
          going_on("cas k" + wanted + " f7 t100 if 99 'v'"));
    for (std::size_t size : {0u, 4u, 7u, 9u, 20u}) {
      CHECK(followed(packet(code, {.key = "k", .extras = std::string(size, '\0'), .value = "v"})) == invalid);
    }
    CHECK(followed(packet(code, {.extras = extras, .value = "v"})) == invalid);
    CHECK(followed(packet(code, {.key = key_251, .extras = extras, .value = "v"})) == invalid);
  }
}

TEST_CASE("binary: append and prepend have key and value") {
  for (opcode code : appends) {
    INFO("opcode " << static_cast<int>(code));
    bool const first = code == opcode::prepend || code == opcode::prepend_q;
    std::string const said = (first ? "prepend k" : "append k") + std::string(quiet(code) ? "" : " +cas");
    CHECK(followed(packet(code, {.key = "k", .value = "v"})) == going_on(said + " 'v'"));
    CHECK(followed(packet(code, {.key = "k"})) == going_on(said + " ''"));
    CHECK(followed(packet(code, {.key = "k", .value = "v", .cas = 5})) == going_on(said + " if 5 'v'"));
    CHECK(followed(packet(code, {.key = "k", .extras = eight, .value = "v"})) == invalid);
    CHECK(followed(packet(code, {.value = "v"})) == invalid);
  }
}

TEST_CASE("binary: increment and decrement have delta, initial value and time") {
  for (opcode code : counts) {
    INFO("opcode " << static_cast<int>(code));
    bool const down = code == opcode::decrement || code == opcode::decrement_q;
    std::string const said = (down ? "decr n" : "incr n") + std::string(quiet(code) ? "" : " +cas");
    auto const asked = [&](std::string extras) { return packet(code, {.key = "n", .extras = extras}); };
    CHECK(followed(asked(numbers(3, 5, 60))) == going_on(said + " by 3 else 5 for 60"));
    CHECK(followed(asked(numbers(18446744073709551615u, 0, 0))) ==
          going_on(said + " by 18446744073709551615 else 0 for 0"));
    CHECK(followed(asked(numbers(3, 5, 0xffffffff))) == going_on(said + " by 3"));
    CHECK(followed(asked(numbers(3, 5, 0xfffffffe))) == going_on(said + " by 3 else 5 for 2147483647"));
    CHECK(followed(packet(code, {.key = "n", .extras = numbers(1, 5, 0), .cas = 77})) ==
          going_on(said + " by 1 else 5 for 0 if 77"));
    CHECK(followed(asked(eight)) == invalid);
    CHECK(followed(packet(code, {.extras = numbers(3, 5, 0)})) == invalid);
    CHECK(followed(packet(code, {.key = "n", .extras = numbers(3, 5, 0), .value = "v"})) == invalid);
  }
}

TEST_CASE("binary: delete has a key and perhaps a cas") {
  for (opcode code : removals) {
    CHECK(followed(packet(code, {.key = "k"})) == going_on("delete k"));
    CHECK(followed(packet(code, {.key = "k", .cas = 9})) == going_on("delete k if 9"));
    CHECK(followed(packet(code)) == invalid);
    CHECK(followed(packet(code, {.key = "k", .extras = time_10})) == invalid);
    CHECK(followed(packet(code, {.key = "k", .value = "v"})) == invalid);
  }
}

TEST_CASE("binary: flush has a delay or none") {
  for (opcode code : flushes) {
    CHECK(followed(packet(code)) == going_on("flush_all"));
    CHECK(followed(packet(code, {.extras = time_10})) == going_on("flush_all t10"));
    CHECK(followed(packet(code, {.cas = 5})) == going_on("flush_all"));
    CHECK(followed(packet(code, {.extras = eight})) == invalid);
    CHECK(followed(packet(code, {.key = "k"})) == invalid);
    CHECK(followed(packet(code, {.key = "k", .extras = time_10})) == invalid);
    CHECK(followed(packet(code, {.value = "v"})) == invalid);
  }
}

TEST_CASE("binary: a time beyond 31 bits is far off and not over") {
  struct example {
    std::uint32_t sent;
    std::string seen;
  };
  for (auto const& [sent, seen] :
       {example{1, "1"}, example{2592001, "2592001"}, example{0x7fffffff, "2147483647"},
        example{0x80000000, "2147483647"}, example{0xffffffff, "2147483647"}}) {
    CHECK(read(packet(opcode::set, {.key = "k", .extras = flags_and_time(0, sent)})) ==
          lines{"set k +cas t" + seen + " ''"});
    CHECK(read(packet(opcode::touch, {.key = "k", .extras = wire(sent)})) == lines{"touch k +cas t" + seen});
    CHECK(read(packet(opcode::flush, {.extras = wire(sent)})) == lines{"flush_all t" + seen});
  }
}

TEST_CASE("binary: commands about the server are the session's") {
  CHECK(followed(no_op) == lines{"no-op", "no-op"});
  CHECK(followed(packet(opcode::no_op, {.cas = 5})) == lines{"no-op", "no-op"});
  CHECK(followed(packet(opcode::version)) == going_on("version"));
  CHECK(followed(packet(opcode::stat)) == going_on("stat ''"));
  CHECK(followed(packet(opcode::stat, {.key = "detail on"})) == going_on("stat 'detail on'"));
  CHECK(followed(packet(opcode::stat, {.key = "k", .extras = time_10})) == invalid);
  for (opcode code : {opcode::no_op, opcode::version, opcode::quit, opcode::quit_q}) {
    CHECK(followed(packet(code, {.key = "k"})) == invalid);
    CHECK(followed(packet(code, {.extras = time_10})) == invalid);
    CHECK(followed(packet(code, {.value = "v"})) == invalid);
  }
}

TEST_CASE("binary: quit is answered and its quiet form is not, and both close") {
  CHECK(followed(packet(opcode::quit)) == lines{"success, then close"});
  CHECK(followed(packet(opcode::quit_q)) == closed);
}

TEST_CASE("binary: an unknown command is answered, and its body is swallowed") {
  // memcached swallows key and extras twice, and so loses the beginning of the next packet.
  for (int code : {0x1b, 0x1f, 0x25, 0x30, 0x3c, 0x40, 0x77, 0x80, 0xff}) {
    INFO("opcode " << code);
    auto const unknown = static_cast<opcode>(code);
    CHECK(followed(packet(unknown)) == going_on("unknown"));
    CHECK(followed(packet(unknown, {.value = "abc"})) == going_on("unknown"));
    CHECK(followed(packet(unknown, {.key = "k", .extras = time_10, .value = "abc"})) == going_on("unknown"));
    CHECK(followed(packet(unknown, {.key = "k", .value = std::string(40'000, 'v')}), {.value_max = 5}) ==
          going_on("unknown"));
    CHECK(followed(packet(unknown, {.key = key_251})) == invalid);
  }
}

TEST_CASE("binary: authentication is an unknown command, but its form is checked") {
  CHECK(followed(packet(opcode::sasl_list)) == going_on("unknown"));
  CHECK(followed(packet(opcode::sasl_list, {.key = "PLAIN"})) == invalid);
  for (opcode code : {opcode::sasl_auth, opcode::sasl_step}) {
    CHECK(followed(packet(code, {.key = "PLAIN", .value = "\0a\0b"s})) == going_on("unknown"));
    CHECK(followed(packet(code, {.key = "PLAIN"})) == going_on("unknown"));
    CHECK(followed(packet(code)) == invalid);
    CHECK(followed(packet(code, {.value = "\0a\0b"s})) == invalid);
    CHECK(followed(packet(code, {.key = "PLAIN", .extras = time_10})) == invalid);
  }
}

TEST_CASE("binary: what is no request packet closes the connection without a word") {
  CHECK(read(no_op + "get k\r\n" + std::string(30, 'x')) == lines{"no-op", "close"});
  std::string reply = no_op;
  reply[0] = '\x81';
  CHECK(followed(reply) == closed);
  CHECK(read(no_op + "get k\r\n") == lines{"no-op"});
}

TEST_CASE("binary: data type and virtual bucket are ignored") {
  std::string sent = packet(opcode::get, {.key = "k"});
  sent[5] = '\x03';
  sent[7] = '\x77';
  CHECK(followed(sent) == going_on("get k +value +cas"));
}

TEST_CASE("binary: a body too short for key and extras closes the connection, whatever the command") {
  for (int code : {0x00, 0x09, 0x01, 0x11, 0x0a, 0x77, 0x1c}) {
    INFO("opcode " << code);
    auto const any = static_cast<opcode>(code);
    CHECK(followed(packet(any, {.key = "abcd", .body_size = 2})) == mismatched);
    CHECK(followed(packet(any, {.key = "ab", .extras = eight, .body_size = 8})) == mismatched);
    CHECK(followed(packet(any, {.key = key_251, .body_size = 2})) == mismatched);
    CHECK(followed(packet(any, {.key = std::string(5000, 'k'), .extras = eight})) == invalid);
    CHECK(read(packet(any, {.key = "k", .key_size = 5000, .body_size = 5000})).empty());
  }
}

TEST_CASE("binary: a value above the limit is swallowed, and a set of one removes the old item") {
  parser_limits const limits{.value_max = 5};
  std::string const extras = flags_and_time(7, 100);
  for (opcode code : stores) {
    INFO("opcode " << static_cast<int>(code));
    bool const sets = code == opcode::set || code == opcode::set_q;
    lines const expected = going_on(sets ? "delete k, then too large" : "too large");
    CHECK(followed(packet(code, {.key = "k", .extras = extras, .value = "123456"}), limits) == expected);
    CHECK(followed(packet(code, {.key = "k", .extras = extras, .value = "123456", .cas = 55}), limits) ==
          expected);
    CHECK(followed(packet(code, {.key = "k", .extras = extras, .value = "12345"}), limits).front() !=
          expected.front());
  }
  for (opcode code : appends) {
    CHECK(followed(packet(code, {.key = "k", .value = "123456"}), limits) == going_on("too large"));
  }
}

TEST_CASE("binary: no announced size is believed") {
  std::size_t const before = base::chunk::bytes_in_use();
  for (std::uint32_t size : {0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    for (opcode code : {opcode::set, opcode::append, opcode::sasl_auth, opcode::verbosity, opcode::get}) {
      request_parser parser{parser_limits()};
      base::input_buffer input;
      std::string const extras = code == opcode::set ? eight : "";
      test::receive(input, packet(code, {.key = "k", .extras = extras, .body_size = size}));
      CHECK(parser.next(input) != event::need_more);
      CHECK(input.prepare().size() <= base::chunk::pooled_capacity);
      CHECK(base::chunk::bytes_in_use() <= before + 2 * 16 * 1024);
    }
  }
}

TEST_CASE("binary: a large value is read into a block of its own") {
  std::string const value(40'000, 'v');
  std::string const sent = packet(opcode::set, {.key = "k", .extras = eight, .value = value});
  CHECK(followed(sent) == going_on("set k +cas '" + value + "'"));
}

TEST_CASE("binary: packets in a row are read one by one, each with its header") {
  request_parser parser{parser_limits()};
  base::input_buffer input;
  test::receive(input, packet(opcode::get_q, {.key = "a", .opaque = 1}) +
                           packet(opcode::get_kq, {.key = "b", .opaque = 2}) +
                           packet(opcode::no_op, {.opaque = 3}));
  std::string headers;
  while (parser.next(input) != event::need_more) headers += parser.header().str();
  CHECK(headers == packet(opcode::get_q, {.key = "a", .opaque = 1}).substr(0, 24) +
                       packet(opcode::get_kq, {.key = "b", .opaque = 2}).substr(0, 24) +
                       packet(opcode::no_op, {.opaque = 3}));
}

TEST_CASE("binary: a refused value still has the header and the key of its packet") {
  request_parser parser{parser_limits{.value_max = 5}};
  base::input_buffer input;
  std::string const sent = packet(opcode::set, {.key = "key", .extras = eight, .value = "123456"});
  test::receive(input, sent);
  REQUIRE(parser.next(input) == event::too_large);
  base::slice const header = parser.header();
  model::request const removal = std::move(parser.request());
  CHECK(parser.next(input) == event::need_more);
  CHECK(header.view() == sent.substr(0, 24));
  CHECK(removal.key.view() == "key");
}

TEST_CASE("binary: an idle parser holds no chunk") {
  std::size_t const before = base::chunk::bytes_in_use();
  request_parser parser{parser_limits()};
  base::input_buffer input;
  test::receive(input,
                packet(opcode::set, {.key = "k", .extras = eight, .value = "v"}) +
                    packet(opcode::stat, {.key = "items"}) +
                    packet(opcode::set, {.key = "k", .extras = eight, .value = std::string(2'000'000, 'x')}));
  while (parser.next(input) != event::need_more) {
  }
  CHECK(input.idle());
  CHECK(base::chunk::bytes_in_use() == before);
}
