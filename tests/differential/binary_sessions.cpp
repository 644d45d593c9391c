// The binary protocol. What breaks a rule of its header makes memcached close the connection, so it is an
// ending.
#include "differential/binary_packet.hpp"
#include "differential/sessions.hpp"

#include <algorithm>
#include <array>

namespace tandem::differential {
namespace {

// Each beside its quiet form.
constexpr std::array<std::uint8_t, 4> get_opcodes{0x00, 0x09, 0x0c, 0x0d};
constexpr std::array<std::uint8_t, 6> set_opcodes{0x01, 0x11, 0x02, 0x12, 0x03, 0x13};
constexpr std::array<std::uint8_t, 4> count_opcodes{0x05, 0x15, 0x06, 0x16};
constexpr std::array<std::uint8_t, 4> append_opcodes{0x0e, 0x19, 0x0f, 0x1a};
constexpr std::array<std::uint8_t, 5> touch_opcodes{0x1c, 0x1d, 0x1e, 0x23, 0x24};
// Without a body memcached answers that it does not know them and goes on: verbosity, SASL, ranges, vbuckets.
constexpr std::array<std::uint8_t, 9> unknown_opcodes{0x1b, 0x1f, 0x20, 0x25, 0x30, 0x3d, 0x40, 0x55, 0xff};

constexpr std::uint32_t never_create = 0xffffffff;

std::string cas(vocabulary& words) {
  if (!words.one_in(4)) return std::string(8, '\0');
  if (words.one_in(6)) return big_endian(words.one_in(2) ? 1 : ~std::uint64_t{0}, 8);
  return std::string(words.one_in(4) ? older_cas_in_binary : last_cas_in_binary);
}

binary_packet packet_of(std::uint8_t opcode, vocabulary& words) {
  binary_packet made;
  made.opcode = opcode;
  made.opaque = static_cast<std::uint32_t>(words.random().number());
  made.cas = cas(words);
  if (words.one_in(20)) made.data_type = static_cast<std::uint8_t>(words.random().below(256));
  if (words.one_in(20)) made.vbucket_or_status = static_cast<std::uint16_t>(words.random().below(65536));
  return made;
}

binary_packet keyed(std::uint8_t opcode, vocabulary& words) {
  binary_packet made = packet_of(opcode, words);
  made.key = words.key();
  return made;
}

binary_packet storage(vocabulary& words) {
  binary_packet made = keyed(words.random().of(set_opcodes), words);
  made.extras = big_endian(std::stoul(words.flags()), 4) + big_endian(words.binary_exptime(), 4);
  made.value = words.value();
  return made;
}

binary_packet appending(vocabulary& words) {
  binary_packet made = keyed(words.random().of(append_opcodes), words);
  made.value = words.value();
  return made;
}

binary_packet counting(vocabulary& words) {
  binary_packet made = keyed(words.random().of(count_opcodes), words);
  std::uint64_t const initial = words.one_in(2) ? words.random().below(20) : words.any_number();
  std::uint32_t const exptime = words.one_in(3) ? never_create : words.binary_exptime();
  made.extras = big_endian(std::stoull(words.delta()), 8) + big_endian(initial, 8) + big_endian(exptime, 4);
  return made;
}

binary_packet touching(vocabulary& words) {
  binary_packet made = keyed(words.random().of(touch_opcodes), words);
  made.extras = big_endian(words.binary_exptime(), 4);
  return made;
}

binary_packet deletion(vocabulary& words) { return keyed(words.one_in(3) ? 0x14 : 0x04, words); }

binary_packet valid(vocabulary& words) {
  std::size_t const chosen = words.random().below(100);
  if (chosen < 30) return keyed(words.random().of(get_opcodes), words);
  if (chosen < 60) return storage(words);
  if (chosen < 72) return counting(words);
  if (chosen < 80) return appending(words);
  if (chosen < 88) return touching(words);
  if (chosen < 94) return deletion(words);
  return packet_of(words.one_in(4) ? 0x0b : 0x0a, words);
}

std::string command(vocabulary& words) {
  return bytes_of(words.one_in(40) ? packet_of(words.random().of(unknown_opcodes), words) : valid(words));
}

// A get with nothing wrong: there is no command that has to come first.
std::string opening(vocabulary& words) { return bytes_of(keyed(0x00, words)); }

bool touches(binary_packet const& packet) {
  return std::find(touch_opcodes.begin(), touch_opcodes.end(), packet.opcode) != touch_opcodes.end();
}

// Something that contradicts the header or the opcode. What is too much for a touch memcached takes for the next packet.
std::string broken(vocabulary& words) {
  binary_packet made = valid(words);
  while (touches(made)) made = valid(words);
  switch (words.random().below(9)) {
    case 0: made.extras += words.one_in(2) ? "x" : "1234"; break;
    case 1: made.extras.resize(made.extras.size() / 2); break;
    case 2: made.key.clear(); break;
    case 3: made.key = words.long_key() + "12"; break;
    case 4: made.value += "unexpected"; break;
    case 5: made.body_length = static_cast<std::uint32_t>(made.key.size() / 2); break;
    case 6: made.key_length = static_cast<std::uint16_t>(0xffff); break;
    case 7: made.extras_length = static_cast<std::uint8_t>(0xff); break;
    default:
      made.magic = words.one_in(2) ? 0x81 : static_cast<std::uint8_t>(words.random().below(128));
      break;
  }
  return bytes_of(made);
}

std::string ending(vocabulary& words) {
  if (words.one_in(8)) return bytes_of(packet_of(words.one_in(2) ? 0x07 : 0x17, words));
  if (words.one_in(2)) return broken(words);
  std::string cut = command(words);
  if (cut.size() < 100000) cut.resize(words.random().below(cut.size()));
  return cut;
}

std::string flush(vocabulary& words) {
  binary_packet made = packet_of(words.one_in(3) ? 0x18 : 0x08, words);
  if (words.one_in(2)) made.extras = big_endian(words.one_in(2) ? 100000 : 0, 4);
  return bytes_of(made);
}

bool counts(std::string const& command) {
  return command.size() > 1 && std::find(count_opcodes.begin(), count_opcodes.end(),
                                         static_cast<std::uint8_t>(command[1])) != count_opcodes.end();
}

}  // namespace

speech const binary_speech{command, opening, ending, flush, counts};

}  // namespace tandem::differential
