#include "differential/binary_packet.hpp"
#include "differential/replies.hpp"
#include "differential/session.hpp"

#include <fmt/format.h>

namespace tandem::differential {
namespace {

std::string line_of(binary_packet const& packet, cas_numbers& cas) {
  return fmt::format(
      "magic {:02x} opcode {:02x} type {:02x} status {:04x} opaque {:08x} cas {} extras \"{}\" key "
      "\"{}\" value \"{}\"",
      packet.magic, packet.opcode, packet.data_type, packet.vbucket_or_status, packet.opaque,
      cas.name(from_big_endian(packet.cas)), escaped(packet.extras), escaped(packet.key),
      escaped(packet.value));
}

}  // namespace

std::vector<std::string> binary_replies(std::string_view answer, cas_numbers& cas) {
  std::vector<std::string> made;
  while (!answer.empty()) {
    std::optional<binary_packet> const packet = first_packet(answer);
    if (!packet) {
      made.push_back("no packet: " + escaped(answer));
      return made;
    }
    made.push_back(line_of(*packet, cas));
    answer.remove_prefix(size_of(*packet));
  }
  return made;
}

}  // namespace tandem::differential
