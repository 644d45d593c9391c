// The packets of memcached's binary protocol (its protocol_binary.h, and its wiki page
// BinaryProtocolRevamped): a header of 24 bytes, then extras, key and value, whose sizes the header tells.
// Numbers are big endian.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem::protocol::binary {

/// What memcached 1.6 knows; any other is an unknown command, and so is verbosity to it.
enum class opcode : std::uint8_t {
  get = 0x00,
  set = 0x01,
  add = 0x02,
  replace = 0x03,
  remove = 0x04,
  increment = 0x05,
  decrement = 0x06,
  quit = 0x07,
  flush = 0x08,
  get_q = 0x09,
  no_op = 0x0a,
  version = 0x0b,
  get_k = 0x0c,
  get_kq = 0x0d,
  append = 0x0e,
  prepend = 0x0f,
  stat = 0x10,
  set_q = 0x11,
  add_q = 0x12,
  replace_q = 0x13,
  remove_q = 0x14,
  increment_q = 0x15,
  decrement_q = 0x16,
  quit_q = 0x17,
  flush_q = 0x18,
  append_q = 0x19,
  prepend_q = 0x1a,
  verbosity = 0x1b,
  touch = 0x1c,
  gat = 0x1d,
  gat_q = 0x1e,
  sasl_list = 0x20,
  sasl_auth = 0x21,
  sasl_step = 0x22,
  gat_k = 0x23,
  gat_kq = 0x24,
};

/// Whether a success, or the miss of a retrieval, is not told.
constexpr bool quiet(opcode code) {
  bool const retrieves =
      code == opcode::get_q || code == opcode::get_kq || code == opcode::gat_q || code == opcode::gat_kq;
  return retrieves || (code >= opcode::set_q && code <= opcode::prepend_q);
}

/// Whether the answer to a retrieval repeats the key.
constexpr bool repeats_key(opcode code) {
  return code == opcode::get_k || code == opcode::get_kq || code == opcode::gat_k || code == opcode::gat_kq;
}

enum class status_code : std::uint16_t {
  success = 0x00,
  not_found = 0x01,
  exists = 0x02,
  too_large = 0x03,
  invalid_arguments = 0x04,
  not_stored = 0x05,
  non_numeric = 0x06,
  unknown_command = 0x81,
  out_of_memory = 0x82,
  temporary_failure = 0x86,
};

inline constexpr std::uint8_t request_magic = 0x80;
inline constexpr std::uint8_t reply_magic = 0x81;

/// Where a header has its fields; the one for the status is of replies only.
inline constexpr std::size_t opcode_at = 1;       // 8 bits
inline constexpr std::size_t key_size_at = 2;     // 16 bits
inline constexpr std::size_t extras_size_at = 4;  // 8 bits
inline constexpr std::size_t status_at = 6;       // 16 bits
inline constexpr std::size_t body_size_at = 8;    // 32 bits: extras, key and value
inline constexpr std::size_t opaque_at = 12;      // 32 bits, which the reply repeats
inline constexpr std::size_t cas_at = 16;         // 64 bits
inline constexpr std::size_t header_size = 24;

template <std::unsigned_integral Number>
constexpr Number read_number(std::string_view bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (char byte : bytes.substr(at, sizeof(Number))) number = number << 8 | static_cast<unsigned char>(byte);
  return static_cast<Number>(number);
}

template <std::unsigned_integral Number>
constexpr std::array<char, sizeof(Number)> bytes_of(Number number) {
  std::array<char, sizeof(Number)> bytes;
  std::uint64_t rest = number;
  for (std::size_t at = bytes.size(); at-- > 0; rest >>= 8) bytes[at] = static_cast<char>(rest & 0xff);
  return bytes;
}

/// Of a whole header.
constexpr opcode opcode_of(std::string_view header) {
  return static_cast<opcode>(read_number<std::uint8_t>(header, opcode_at));
}

}  // namespace tandem::protocol::binary
