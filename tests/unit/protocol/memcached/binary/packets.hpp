// Packets of the binary protocol as a client sends them, well formed or not.
#pragma once

#include "protocol/memcached/binary/packet.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>

namespace tandem::test {

struct packet_parts {
  std::string key = {};
  std::string extras = {};
  std::string value = {};
  std::uint64_t cas = 0;
  std::uint32_t opaque = 0xdeadbeef;
  std::optional<std::uint16_t> key_size = {};  // where the header is to lie
  std::optional<std::uint32_t> body_size = {};
};

template <std::unsigned_integral Number>
std::string wire(Number number) {
  auto const bytes = protocol::binary::bytes_of(number);
  return std::string(bytes.data(), bytes.size());
}

inline std::string packet(protocol::binary::opcode code, packet_parts const& parts = {}) {
  std::size_t const body = parts.extras.size() + parts.key.size() + parts.value.size();
  std::string bytes = "\x80";
  bytes += static_cast<char>(code);
  bytes += wire(parts.key_size.value_or(static_cast<std::uint16_t>(parts.key.size())));
  bytes += static_cast<char>(parts.extras.size());
  bytes += std::string(3, '\0');
  bytes += wire(parts.body_size.value_or(static_cast<std::uint32_t>(body)));
  bytes += wire(parts.opaque) + wire(parts.cas);
  return bytes + parts.extras + parts.key + parts.value;
}

/// Extras of set, add, replace.
inline std::string flags_and_time(std::uint32_t flags, std::uint32_t expires) {
  return wire(flags) + wire(expires);
}

/// Extras of increment, decrement.
inline std::string numbers(std::uint64_t delta, std::uint64_t initial, std::uint32_t expires) {
  return wire(delta) + wire(initial) + wire(expires);
}

}  // namespace tandem::test
