// A packet of the binary protocol, taken apart and put together: protocol_binary.h, 24 bytes of header,
// extras, key, value. The lengths in the header may be made wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::differential {

struct binary_packet {
  std::uint8_t magic = 0x80;
  std::uint8_t opcode = 0;
  std::uint8_t data_type = 0;
  std::uint16_t vbucket_or_status = 0;
  std::uint32_t opaque = 0;
  std::string cas = std::string(8, '\0');  // as it is sent: it may be a placeholder
  std::string extras{};
  std::string key{};
  std::string value{};
  /// What the header says instead of the truth.
  std::optional<std::uint16_t> key_length{};
  std::optional<std::uint8_t> extras_length{};
  std::optional<std::uint32_t> body_length{};
};

constexpr std::size_t binary_header_size = 24;

/// The low `count` bytes of a number, the most significant first.
std::string big_endian(std::uint64_t number, std::size_t count);
std::uint64_t from_big_endian(std::string_view bytes);

std::string bytes_of(binary_packet const& packet);
/// The packet at the start of `bytes`; nothing if it is not all there or its lengths contradict each other.
std::optional<binary_packet> first_packet(std::string_view bytes);
/// Of a packet without wrong lengths.
std::size_t size_of(binary_packet const& packet);

}  // namespace tandem::differential
