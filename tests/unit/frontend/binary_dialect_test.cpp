#include "frontend/binary_dialect.hpp"

#include "support/catch.hpp"
#include "unit/frontend/noted_sink.hpp"
#include "unit/protocol/memcached/binary/packets.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

using namespace tandem::test;

namespace tandem::frontend {
namespace {

using notes = std::vector<std::string>;
using origin = command_origin;
using model::status;
using protocol::binary::opcode;
namespace binary = protocol::binary;

limits_options small() {
  limits_options limits;
  limits.value = 100;
  return limits;
}

/// Each packet as "opcode/status key 'value'", both numbers in hexadecimal; or what is wrong with it.
std::string packets_in_words(std::string_view bytes) {
  std::string said;
  while (!bytes.empty()) {
    if (bytes.size() < binary::header_size) return said + " a part of a header";
    auto const opcode_number = binary::read_number<std::uint8_t>(bytes, binary::opcode_at);
    auto const key = binary::read_number<std::uint16_t>(bytes, binary::key_size_at);
    auto const extras = binary::read_number<std::uint8_t>(bytes, binary::extras_size_at);
    auto const body = binary::read_number<std::uint32_t>(bytes, binary::body_size_at);
    if (binary::read_number<std::uint8_t>(bytes, 0) != binary::reply_magic) said += " no reply";
    if (binary::read_number<std::uint32_t>(bytes, binary::opaque_at) != 0xdeadbeef) said += " for another";
    if (bytes.size() < binary::header_size + body) return said + " a part of a body";
    said += said.empty() ? "" : ", ";
    said += fmt::format("{:02x}/{:02x}", opcode_number,
                        binary::read_number<std::uint16_t>(bytes, binary::status_at));
    std::string_view rest = bytes.substr(binary::header_size + extras, body - extras);
    if (key != 0) said += fmt::format(" {}", rest.substr(0, key));
    if (rest.size() > key) said += fmt::format(" '{}'", rest.substr(key));
    bytes.remove_prefix(binary::header_size + body);
  }
  return said;
}

/// With packets for the bytes behind the first word or two.
std::string in_words(std::string const& note) {
  for (std::string const words : {"answer late ", "answer ", "refuse "}) {
    if (note.starts_with(words)) return words + packets_in_words(std::string_view(note).substr(words.size()));
  }
  std::size_t const reply = note.find(": ");
  if (reply == std::string::npos) return note;
  return note.substr(0, reply + 2) + packets_in_words(std::string_view(note).substr(reply + 2));
}

struct stand {
  notes hear(std::string_view said, arriving how = arriving::at_once) {
    sink.forget();
    binary_dialect spoken(at.shared, net::server_details::full);
    test::hear(spoken, said, how, sink);
    notes made;
    for (std::string const& each : sink.notes) made.push_back(in_words(each));
    return made;
  }

  serving at{small()};
  noted_sink sink{at.root};
};

std::string store(opcode code, std::size_t size) {
  return packet(code, {.key = "k", .extras = flags_and_time(0, 0), .value = std::string(size, 'v')});
}

struct row {
  std::string said;
  notes expected;
};

}  // namespace

TEST_CASE("each packet becomes what its session has to do, however it arrives") {
  std::vector<row> const rows{
      // Items.
      {packet(opcode::get, {.key = "k"}), {"serve get k: 00/00 'k'"}},
      {packet(opcode::get_k, {.key = "k"}), {"serve get k: 0c/00 k 'k'"}},
      {packet(opcode::get_kq, {.key = "k"}), {"serve get k: 0d/00 k 'k'"}},
      {store(opcode::set, 3), {"serve set k 'vvv': 01/00"}},
      {store(opcode::set_q, 3), {"serve set k 'vvv': "}},
      {packet(opcode::remove, {.key = "k"}), {"serve delete k: 04/00"}},
      {packet(opcode::flush), {"serve flush_all : 08/00"}},
      {packet(opcode::touch, {.key = "k", .extras = wire(std::uint32_t{5})}), {"serve touch k: 1c/00"}},
      // The server.
      {packet(opcode::no_op), {"answer 0a/00"}},
      {packet(opcode::version), {"answer 0b/00 '1.6.38'"}},
      {packet(opcode::stat, {.key = "items"}), {"answer late 10/00"}},
      {packet(opcode::stat, {.key = "nothing"}), {"answer late 10/01 'Not found'"}},
      {packet(opcode::stat, {.key = "sizes"}), {"answer late 10/00 sizes_status 'disabled', 10/00"}},
      // What is wrong.
      {packet(static_cast<opcode>(0x77)) + packet(opcode::no_op),
       {"refuse 77/81 'Unknown command'", "answer 0a/00"}},
      {packet(opcode::get), {"refuse 00/04 'Invalid arguments'", "hang up, malformed"}},
      {store(opcode::set, 101) + packet(opcode::no_op),
       {"refuse ", "serve delete k: 01/03 'Too large.'", "answer 0a/00"}},
      {store(opcode::add, 101) + packet(opcode::no_op), {"refuse 02/03 'Too large.'", "answer 0a/00"}},
      {packet(opcode::no_op) + std::string(24, 'x'), {"answer 0a/00", "hang up, malformed"}},
      // The end.
      {packet(opcode::quit) + packet(opcode::no_op), {"answer 07/00", "hang up, quit"}},
      {packet(opcode::quit_q), {"hang up, quit"}},
  };
  stand test;
  for (row const& each : rows) {
    INFO(each.expected.front());
    CHECK(test.hear(each.said) == each.expected);
    CHECK(test.hear(each.said, arriving::by_bytes) == each.expected);
  }
}

TEST_CASE("what a root answers is told in the codes of the protocol") {
  struct answered {
    opcode asked;
    model::response by;
    std::string told;
  };
  auto const failed = model::response::server_error(base::error_kind::timeout, "no answer");
  std::vector<answered> const rows{
      {opcode::get, model::response::of(status::not_found), "00/01 'Not found'"},
      {opcode::get_q, model::response::of(status::not_found), ""},
      {opcode::get, failed, "00/86 'no answer'"},
      {opcode::get_q, failed, ""},
      {opcode::get_k, model::response::of(status::not_found), "0c/01 k"},
      {opcode::remove_q, model::response(), ""},
      {opcode::remove_q, model::response::of(status::not_found), "14/01 'Not found'"},
      {opcode::remove, model::response::of(status::exists), "04/02 'Data exists for key.'"},
  };
  stand test;
  for (answered const& each : rows) {
    INFO(static_cast<int>(each.asked));
    test.at.root.answer = [&](std::string const&) { return each.by; };
    notes const heard = test.hear(packet(each.asked, {.key = "k"}));
    REQUIRE(heard.size() == 1);
    CHECK(heard.front().substr(heard.front().find(": ") + 2) == each.told);
  }
}

TEST_CASE("a packet is counted as binary, what stands for a refused one as this house's own") {
  stand test;
  test.hear(packet(opcode::get, {.key = "k"}) + store(opcode::set, 101) + store(opcode::add, 101));
  CHECK(test.sink.origins == std::vector{origin::binary, origin::house});
  CHECK(test.at.statistic("store_too_large") == "2");
}

TEST_CASE("a packet whose value there is no memory for is refused by its header, as soon as that is there") {
  stand test;
  binary_dialect spoken(test.at.shared, net::server_details::full);
  std::string const said = store(opcode::set, 90);
  base::input_buffer input;
  receive(input, said.substr(0, binary::header_size - 1));
  spoken.refuse_for_memory(input, test.sink);
  CHECK(test.sink.notes.empty());
  receive(input, said.substr(binary::header_size - 1, 10));
  CHECK_FALSE(spoken.next(input, test.sink));
  spoken.refuse_for_memory(input, test.sink);
  REQUIRE(test.sink.notes.size() == 1);
  CHECK(in_words(test.sink.notes.front()) == "refuse 01/82 'Out of memory (limits.memory)'");
}

}  // namespace tandem::frontend
