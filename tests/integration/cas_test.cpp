// What tells a cas: every command of every dialect that can, over every kind of backend. A client that uses the number
// again must not store unconditionally, nor be refused without reason.
#include "support/binary_client.hpp"
#include "support/catch.hpp"
#include "support/dialogue.hpp"
#include "support/every_backend.hpp"
#include "support/memcached_server.hpp"

#include <fmt/format.h>

#include <cctype>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace tandem::test;

namespace {

/// `held` is there before, nothing if empty; {k} and {cas} in `said` are the key and the cas that it has then.
struct command {
  std::string_view held;
  std::string_view said;
};

std::vector<command> const text_commands{
    {"5", "gets {k}\r\n"},
    {"5", "gats 100 {k}\r\n"},
    {"5", "mg {k} c\r\n"},
    {"5", "mg {k} c v\r\n"},
    {"5", "mg {k} c s t f\r\n"},
    {"5", "mg {k} c T100\r\n"},
    {"5", "mg {k} c v T100\r\n"},
    {"5", "mg {k} c v t T100\r\n"},
    {"", "ms {k} 1 c\r\nv\r\n"},
    {"5", "ms {k} 1 c T100\r\nv\r\n"},
    {"5", "ms {k} 1 c C{cas}\r\nv\r\n"},
    {"", "ms {k} 1 c ME\r\nv\r\n"},
    {"5", "ms {k} 1 c MR\r\nv\r\n"},
    {"5", "ms {k} 1 c MA\r\nv\r\n"},
    {"5", "ms {k} 1 c MA C{cas}\r\nv\r\n"},
    {"5", "ms {k} 1 c MP\r\nv\r\n"},
    {"5", "ms {k} 1 c MP C{cas}\r\nv\r\n"},
    {"5", "ms {k} 0 c MA\r\n\r\n"},
    {"5", "ma {k} c\r\n"},
    {"5", "ma {k} c v t\r\n"},
    {"5", "ma {k} t c v T100\r\n"},
    {"10", "ma {k} c v MD\r\n"},
    {"10", "ma {k} c v MD C{cas}\r\n"},
    {"5", "ma {k} c N100 J7\r\n"},
    {"", "ma {k} c N100 J7\r\n"},
    {"", "ma {k} c t v N100 J7\r\n"},
    {"5", "md {k}\r\n"},
    {"5", "me {k}\r\n"},
    {"5", "set {k} 0 0 1\r\nv\r\n"},
};

/// Whose key is the test's; `compares` is to be told the cas that is held.
struct packet {
  std::string_view name;
  std::string_view held;
  std::uint8_t opcode;
  std::string extras;
  std::string value;
  bool compares = false;
};

std::string const item = big_endian(0, 8);
std::string const in_100_s = big_endian(100, 4);
std::string const by_1_from_7 = big_endian(1, 8) + big_endian(7, 8) + in_100_s;

std::vector<packet> const packets{
    {"Get", "5", 0x00, "", ""},
    {"GetK", "5", 0x0c, "", ""},
    {"GetQ", "5", 0x09, "", ""},
    {"GAT", "5", 0x1d, in_100_s, ""},
    {"GATK", "5", 0x23, in_100_s, ""},
    {"Touch", "5", 0x1c, in_100_s, ""},
    {"Set", "", 0x01, item, "v"},
    {"Set of an item", "5", 0x01, item, "v"},
    {"Set with a cas", "5", 0x01, item, "v", true},
    {"Add", "", 0x02, item, "v"},
    {"Replace", "5", 0x03, item, "v"},
    {"Replace with a cas", "5", 0x03, item, "v", true},
    {"Append", "5", 0x0e, "", "v"},
    {"Append with a cas", "5", 0x0e, "", "v", true},
    {"Prepend", "5", 0x0f, "", "v"},
    {"Increment", "5", 0x05, by_1_from_7, ""},
    {"Increment with a cas", "5", 0x05, by_1_from_7, "", true},
    {"Increment of nothing", "", 0x05, by_1_from_7, ""},
    {"Decrement", "10", 0x06, by_1_from_7, ""},
    {"Delete", "5", 0x04, "", ""},
};

/// The number in a reply: behind c in meta, behind cas= in a debug line, the last word of a VALUE line.
std::uint64_t cas_in(std::string_view reply) {
  std::string_view line = reply.substr(0, reply.find("\r\n"));
  bool const classic = line.starts_with("VALUE ");
  std::string_view last;
  for (std::size_t words = 0; !line.empty(); ++words) {
    std::string_view const word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    if (word.starts_with("cas=")) return std::stoull(std::string(word.substr(4)));
    bool const is_flag =
        !classic && words > 0 && word.size() > 1 && word[0] == 'c' && std::isdigit(word[1]) != 0;
    if (is_flag) return std::stoull(std::string(word.substr(1)));
    last = word;
  }
  return classic ? std::stoull(std::string(last)) : 0;
}

/// Where clients connect to, and how a value gets there beforehand.
struct place {
  std::string name;
  std::function<text_client()> connect;
  std::function<void(std::string const& key, std::string_view value)> hold;
};

void set_there(place const& at, std::string const& key, std::string_view value) {
  text_client client = at.connect();
  CHECK(client.ask(fmt::format("set {} 0 0 {}\r\n{}\r\n", key, value.size(), value)) == "STORED");
}

std::uint64_t gets(place const& at, std::string const& key) {
  return cas_in(at.connect().converse("gets " + key + "\r\n"));
}

struct telling {
  std::uint64_t told = 0;
  std::uint64_t after = 0;  // what gets tells then; 0: nothing is there

  std::string kind() const {
    return told == 0 ? "none" : told == after ? "the one that gets tells" : "another";
  }
};

telling tell(place const& at, command const& one, std::string const& key) {
  if (!one.held.empty()) at.hold(key, one.held);
  std::string said = replaced(one.said, "{k}", key);
  if (said.find("{cas}") != std::string::npos) said = replaced(said, "{cas}", std::to_string(gets(at, key)));
  std::uint64_t const told = cas_in(at.connect().converse(said));
  return {told, gets(at, key)};
}

telling tell(place const& at, packet const& one, std::string const& key) {
  if (!one.held.empty()) at.hold(key, one.held);
  std::uint64_t const before = one.compares ? gets(at, key) : 0;
  binary_reply const reply =
      binary_client(at.connect()).ask({one.opcode, key, one.extras, one.value, before});
  CHECK(reply.status == 0);
  return {reply.cas, gets(at, key)};
}

place memcached_place(memcached_server const& oracle) {
  place made{"memcached", [&oracle] { return oracle.connect(); }, {}};
  made.hold = [made](std::string const& key, std::string_view value) { set_there(made, key, value); };
  return made;
}

std::vector<place> places_of(every_backend& all) {
  std::vector<place> made;
  auto const connect = [&all] { return all.connect(); };
  for (std::string const& name : every_backend::names()) {
    place at{name, connect, {}};
    at.hold = [at](std::string const& key, std::string_view value) { set_there(at, key, value); };
    made.push_back(at);
  }
  // Strings that another program has written.
  made.push_back({"framed", connect,
                  [&all](std::string const& key, std::string_view value) { all.store_bare(key, value); }});
  return made;
}

}  // namespace

TEST_CASE("whatever tells a cas tells the one that a gets tells then, as memcached does") {
  memcached_server const oracle;
  every_backend all;
  unsigned keys = 0;
  auto const compare = [&](place const& at, auto const& one) {
    std::string const key = fmt::format("{}:{}", at.name, ++keys);
    std::string const expected = tell(memcached_place(oracle), one, key).kind();
    CHECK(tell(at, one, key).kind() == expected);
  };
  for (place const& at : places_of(all)) {
    for (command const& one : text_commands) {
      INFO(at.name << ": " << one.said << " of " << one.held);
      compare(at, one);
    }
    for (packet const& one : packets) {
      INFO(at.name << ": " << one.name);
      compare(at, one);
    }
  }
}
