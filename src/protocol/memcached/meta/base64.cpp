#include "protocol/memcached/meta/base64.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tandem::protocol::meta {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 64;

constexpr std::array<std::uint8_t, 256> digits = [] {
  std::array<std::uint8_t, 256> made{};
  made.fill(no_digit);
  for (std::size_t digit = 0; digit < alphabet.size(); ++digit)
    made[static_cast<unsigned char>(alphabet[digit])] = static_cast<std::uint8_t>(digit);
  return made;
}();

constexpr std::size_t block_size = 4;

/// The first `count` of the three bytes that a block of digits stands for.
void append_block(std::string_view block, std::size_t count, std::string& bytes) {
  std::uint32_t group = 0;
  for (char const each : block)
    group = group << 6 | (each == '=' ? 0u : digits[static_cast<unsigned char>(each)]);
  for (std::size_t at = 0; at < count; ++at) bytes += static_cast<char>(group >> (16 - 8 * at) & 0xff);
}

}  // namespace

void append_base64(std::string_view bytes, base::output_buffer& output) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 3))) {
    std::uint32_t group = 0;
    for (std::size_t at = 0; at < 3; ++at) {
      group = group << 8 | (at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u);
    }
    std::array<char, 4> const text{alphabet[group >> 18], alphabet[group >> 12 & 63],
                                   bytes.size() > 1 ? alphabet[group >> 6 & 63] : '=',
                                   bytes.size() > 2 ? alphabet[group & 63] : '='};
    output.append(std::string_view(text.data(), text.size()));
  }
}

std::optional<std::string> read_base64(std::string_view text) {
  std::string known;
  for (char const each : text) {
    if (each == '=' || digits[static_cast<unsigned char>(each)] != no_digit) known += each;
  }
  if (known.empty() || known.size() % block_size != 0) return std::nullopt;
  std::string bytes;
  for (std::string_view rest = known; !rest.empty(); rest.remove_prefix(block_size)) {
    std::string_view const block = rest.substr(0, block_size);
    auto const padding = static_cast<std::size_t>(std::count(block.begin(), block.end(), '='));
    if (padding > 2) return std::nullopt;
    append_block(block, block_size - 1 - padding, bytes);
    if (padding != 0) break;
  }
  return bytes;
}

}  // namespace tandem::protocol::meta
