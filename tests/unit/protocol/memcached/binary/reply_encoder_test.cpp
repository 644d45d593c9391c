// The bytes expected here are what memcached 1.6.18 answered, but for failures of a server behind.
#include "protocol/memcached/binary/reply_encoder.hpp"

#include "support/catch.hpp"
#include "unit/protocol/memcached/binary/packets.hpp"

using namespace tandem;
using namespace std::string_literals;
using base::error_kind;
using base::slice;
using model::response;
using model::status;
using model::verb;
using protocol::binary::opcode;
using protocol::binary::status_code;
using test::wire;

namespace {

slice header_of(opcode code) { return slice::copy_of(test::packet(code)); }

std::string encoded(opcode code, verb command, response const& answer) {
  model::request asked;
  asked.command = command;
  asked.key = slice::of_static("key");
  base::output_buffer output;
  protocol::binary::encode_reply(asked, answer, header_of(code), output);
  return output.str();
}

std::string encoded(opcode code, verb command, status answered) {
  return encoded(code, command, response::of(answered));
}

struct parts {
  status_code status = status_code::success;
  std::string extras = {};
  std::string key = {};
  std::string value = {};
  std::uint64_t cas = 0;
};

std::string reply(opcode code, parts const& told) {
  std::string const body = told.extras + told.key + told.value;
  return "\x81"s + static_cast<char>(code) + wire(static_cast<std::uint16_t>(told.key.size())) +
         static_cast<char>(told.extras.size()) + "\0"s + wire(static_cast<std::uint16_t>(told.status)) +
         wire(static_cast<std::uint32_t>(body.size())) + "\xde\xad\xbe\xef" + wire(told.cas) + body;
}

std::string error(opcode code, status_code status, std::string words) {
  return reply(code, {.status = status, .value = std::move(words)});
}

response item() {
  response made;
  made.flags = 7;
  made.cas = 0x0102030405060708;
  made.value = slice::of_static("hello");
  return made;
}

response stored() {
  response made;
  made.cas = 42;
  return made;
}

struct operation {
  opcode loud;
  opcode silent;
  verb command;
};
constexpr operation retrievals[] = {{opcode::get, opcode::get_q, verb::get},
                                    {opcode::get_k, opcode::get_kq, verb::get},
                                    {opcode::gat, opcode::gat_q, verb::get_and_touch},
                                    {opcode::gat_k, opcode::gat_kq, verb::get_and_touch}};
constexpr operation stores[] = {{opcode::set, opcode::set_q, verb::set},
                                {opcode::add, opcode::add_q, verb::add},
                                {opcode::replace, opcode::replace_q, verb::replace},
                                {opcode::append, opcode::append_q, verb::append},
                                {opcode::prepend, opcode::prepend_q, verb::prepend},
                                {opcode::set, opcode::set_q, verb::cas},
                                {opcode::add, opcode::add_q, verb::cas}};
constexpr operation counts[] = {{opcode::increment, opcode::increment_q, verb::increment},
                                {opcode::decrement, opcode::decrement_q, verb::decrement}};
constexpr operation others[] = {{opcode::remove, opcode::remove_q, verb::remove},
                                {opcode::flush, opcode::flush_q, verb::flush}};

}  // namespace

TEST_CASE("binary: a reply byte by byte") {
  CHECK(encoded(opcode::get_k, verb::get, item()) ==
        "\x81\x0c\0\3\4\0\0\0\0\0\0\14\xde\xad\xbe\xef\1\2\3\4\5\6\7\10\0\0\0\7keyhello"s);
  CHECK(encoded(opcode::get, verb::get, status::not_found) ==
        "\x81\0\0\0\0\0\0\1\0\0\0\11\xde\xad\xbe\xef\0\0\0\0\0\0\0\0Not found"s);
}

TEST_CASE("binary: a hit has flags and cas, is told even to quiet commands, and some repeat the key") {
  for (auto const& each : retrievals) {
    for (opcode code : {each.loud, each.silent}) {
      INFO("opcode " << static_cast<int>(code));
      std::string const key = repeats_key(code) ? "key" : "";
      CHECK(encoded(code, each.command, item()) ==
            reply(code, {.extras = "\0\0\0\7"s, .key = key, .value = "hello", .cas = 0x0102030405060708}));
    }
  }
  response empty = item();
  empty.value = slice();
  CHECK(encoded(opcode::get, verb::get, empty) ==
        reply(opcode::get, {.extras = "\0\0\0\7"s, .cas = 0x0102030405060708}));
}

TEST_CASE("binary: a large value is not copied") {
  response large = item();
  large.value = slice::copy_of(std::string(100'000, 'v'));
  base::output_buffer output;
  model::request asked;
  asked.key = slice::of_static("key");
  protocol::binary::encode_reply(asked, large, header_of(opcode::get_k), output);
  bool referenced = false;
  output.front(10, [&](char const* data, std::size_t) { referenced |= data == large.value.data(); });
  CHECK(referenced);
  CHECK(output.size() == 24 + 4 + 3 + 100'000);
}

TEST_CASE("binary: a miss is told with words or with the key, and quiet commands say nothing") {
  for (opcode code : {opcode::get, opcode::gat}) {
    CHECK(encoded(code, verb::get, status::not_found) == error(code, status_code::not_found, "Not found"));
  }
  for (opcode code : {opcode::get_k, opcode::gat_k}) {
    CHECK(encoded(code, verb::get, status::not_found) ==
          reply(code, {.status = status_code::not_found, .key = "key"}));
  }
  for (auto const& each : retrievals) CHECK(encoded(each.silent, each.command, status::not_found).empty());
}

TEST_CASE("binary: a key that failed reads as a miss to a quiet retrieval, and as an error to any other") {
  response const late = response::server_error(error_kind::timeout, "cache a: no answer");
  for (auto const& each : retrievals) {
    CHECK(encoded(each.silent, each.command, late).empty());
    CHECK(encoded(each.silent, each.command, response::client_error("bad")).empty());
    CHECK(encoded(each.loud, each.command, late) ==
          error(each.loud, status_code::temporary_failure, "cache a: no answer"));
  }
}

TEST_CASE("binary: a touch is told with flags and cas") {
  response touched = item();
  touched.value = slice();
  CHECK(encoded(opcode::touch, verb::touch, touched) ==
        reply(opcode::touch, {.extras = "\0\0\0\7"s, .cas = 0x0102030405060708}));
  CHECK(encoded(opcode::touch, verb::touch, status::not_found) ==
        error(opcode::touch, status_code::not_found, "Not found"));
}

TEST_CASE("binary: the success of a storing command is told with its cas, unless it is quiet") {
  for (auto const& each : stores) {
    CHECK(encoded(each.loud, each.command, stored()) == reply(each.loud, {.cas = 42}));
    CHECK(encoded(each.silent, each.command, stored()).empty());
  }
}

TEST_CASE("binary: a count is told as a number of 64 bits with its cas, unless it is quiet") {
  for (auto const& each : counts) {
    response counted = stored();
    counted.number = 0xfffffffffffffffe;
    CHECK(encoded(each.loud, each.command, counted) ==
          reply(each.loud, {.value = "\xff\xff\xff\xff\xff\xff\xff\xfe", .cas = 42}));
    CHECK(encoded(each.silent, each.command, counted).empty());
  }
}

TEST_CASE("binary: a deletion and a flush are told without a cas, unless they are quiet") {
  for (auto const& each : others) {
    CHECK(encoded(each.loud, each.command, stored()) == reply(each.loud, {}));
    CHECK(encoded(each.silent, each.command, stored()).empty());
  }
}

TEST_CASE("binary: each storing command has its own status for a condition that did not hold") {
  struct example {
    opcode code;
    verb command;
    status answered;
    status_code told;
    std::string words;
  };
  std::string const there = "Data exists for key.";
  for (auto const& each : {
           example{opcode::add, verb::add, status::not_stored, status_code::exists, there},
           example{opcode::add_q, verb::add, status::not_stored, status_code::exists, there},
           example{opcode::replace_q, verb::replace, status::not_stored, status_code::not_found, "Not found"},
           example{opcode::append, verb::append, status::not_stored, status_code::not_stored, "Not stored."},
           example{opcode::prepend_q, verb::prepend, status::not_found, status_code::not_stored,
                   "Not stored."},
           example{opcode::append_q, verb::append, status::exists, status_code::exists, there},
           example{opcode::set_q, verb::cas, status::exists, status_code::exists, there},
           example{opcode::add, verb::cas, status::not_found, status_code::not_found, "Not found"},
           example{opcode::set, verb::set, status::not_stored, status_code::not_stored, "Not stored."},
           example{opcode::set_q, verb::set, status::too_large, status_code::too_large, "Too large."},
           example{opcode::remove_q, verb::remove, status::not_found, status_code::not_found, "Not found"},
           example{opcode::remove, verb::remove, status::exists, status_code::exists, there},
           example{opcode::increment_q, verb::increment, status::not_found, status_code::not_found,
                   "Not found"},
           example{opcode::decrement, verb::decrement, status::exists, status_code::exists, there},
           example{opcode::increment, verb::increment, status::non_numeric, status_code::non_numeric,
                   "Non-numeric server-side value for incr or decr"},
       }) {
    INFO("opcode " << static_cast<int>(each.code));
    CHECK(encoded(each.code, each.command, each.answered) == error(each.code, each.told, each.words));
  }
}

TEST_CASE("binary: a failure is told in its own words, to quiet commands too") {
  for (opcode code : {opcode::set, opcode::set_q}) {
    CHECK(encoded(code, verb::set, response::server_error(error_kind::timeout, "late")) ==
          error(code, status_code::temporary_failure, "late"));
    CHECK(encoded(code, verb::set, response::client_error("your fault")) ==
          error(code, status_code::invalid_arguments, "your fault"));
  }
  CHECK(encoded(opcode::set_q, verb::set, status::server_error) ==
        error(opcode::set_q, status_code::temporary_failure, "Temporary failure"));
  CHECK(encoded(opcode::flush, verb::flush, status::client_error) ==
        error(opcode::flush, status_code::invalid_arguments, "Invalid arguments"));
}

TEST_CASE("binary: a quiet flush says nothing, whatever comes of it") {
  CHECK(encoded(opcode::flush_q, verb::flush, response::server_error(error_kind::refused, "no")).empty());
  CHECK(encoded(opcode::flush_q, verb::flush, status::client_error).empty());
}

TEST_CASE("binary: answers about the server and to refused packets") {
  base::output_buffer output;
  auto const written = [&] {
    std::string const all = output.str();
    output.clear();
    return all;
  };
  protocol::binary::encode_status(status_code::success, header_of(opcode::no_op), output);
  CHECK(written() == reply(opcode::no_op, {}));
  protocol::binary::encode_version("1.6.18", header_of(opcode::version), output);
  CHECK(written() == reply(opcode::version, {.value = "1.6.18"}));
  protocol::binary::encode_stat("pid", "123", header_of(opcode::stat), output);
  CHECK(written() == reply(opcode::stat, {.key = "pid", .value = "123"}));
  protocol::binary::encode_status(status_code::success, header_of(opcode::stat), output);
  CHECK(written() == reply(opcode::stat, {}));
  protocol::binary::encode_status(status_code::unknown_command, header_of(opcode::verbosity), output);
  CHECK(written() == error(opcode::verbosity, status_code::unknown_command, "Unknown command"));
  protocol::binary::encode_status(status_code::invalid_arguments, header_of(opcode::get_q), output);
  CHECK(written() == error(opcode::get_q, status_code::invalid_arguments, "Invalid arguments"));
  protocol::binary::encode_status(status_code::too_large, header_of(opcode::set_q), output);
  CHECK(written() == error(opcode::set_q, status_code::too_large, "Too large."));
}
