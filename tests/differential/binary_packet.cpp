#include "differential/binary_packet.hpp"

namespace tandem::differential {

std::string big_endian(std::uint64_t number, std::size_t count) {
  std::string made(count, '\0');
  for (std::size_t i = count; i-- > 0; number >>= 8U) made[i] = static_cast<char>(number & 0xffU);
  return made;
}

std::uint64_t from_big_endian(std::string_view bytes) {
  std::uint64_t made = 0;
  for (char const byte : bytes) made = (made << 8U) | static_cast<unsigned char>(byte);
  return made;
}

std::string bytes_of(binary_packet const& packet) {
  std::size_t const body = packet.extras.size() + packet.key.size() + packet.value.size();
  return big_endian(packet.magic, 1) + big_endian(packet.opcode, 1) +
         big_endian(packet.key_length.value_or(static_cast<std::uint16_t>(packet.key.size())), 2) +
         big_endian(packet.extras_length.value_or(static_cast<std::uint8_t>(packet.extras.size())), 1) +
         big_endian(packet.data_type, 1) + big_endian(packet.vbucket_or_status, 2) +
         big_endian(packet.body_length.value_or(static_cast<std::uint32_t>(body)), 4) +
         big_endian(packet.opaque, 4) + packet.cas + packet.extras + packet.key + packet.value;
}

std::optional<binary_packet> first_packet(std::string_view bytes) {
  if (bytes.size() < binary_header_size) return std::nullopt;
  auto const field = [&](std::size_t at, std::size_t count) {
    return from_big_endian(bytes.substr(at, count));
  };
  std::size_t const key = field(2, 2);
  std::size_t const extras = field(4, 1);
  std::size_t const body = field(8, 4);
  if (key + extras > body || body > bytes.size() - binary_header_size) return std::nullopt;
  binary_packet made;
  made.magic = static_cast<std::uint8_t>(field(0, 1));
  made.opcode = static_cast<std::uint8_t>(field(1, 1));
  made.data_type = static_cast<std::uint8_t>(field(5, 1));
  made.vbucket_or_status = static_cast<std::uint16_t>(field(6, 2));
  made.opaque = static_cast<std::uint32_t>(field(12, 4));
  made.cas = bytes.substr(16, 8);
  made.extras = bytes.substr(binary_header_size, extras);
  made.key = bytes.substr(binary_header_size + extras, key);
  made.value = bytes.substr(binary_header_size + extras + key, body - extras - key);
  return made;
}

std::size_t size_of(binary_packet const& packet) {
  return binary_header_size + packet.extras.size() + packet.key.size() + packet.value.size();
}

}  // namespace tandem::differential
