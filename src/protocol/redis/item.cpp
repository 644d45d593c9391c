#include "protocol/redis/item.hpp"

#include <openssl/sha.h>

namespace tandem::protocol::redis {
namespace {

constexpr char frame_start = '\x9e';

bool is_framed(std::string_view stored) {
  if (stored.size() < frame_size || stored[0] != frame_start) return false;
  return stored[1] == static_cast<char>(cas_maker::proxy) || stored[1] == static_cast<char>(cas_maker::other);
}

template <class Number>
void put_big_endian(Number number, char* target) {
  for (std::size_t byte = sizeof number; byte-- > 0; number = static_cast<Number>(number >> 8))
    target[byte] = static_cast<char>(number & 0xff);
}

template <class Number>
Number big_endian(char const* bytes) {
  Number number = 0;
  for (std::size_t byte = 0; byte < sizeof number; ++byte)
    number = static_cast<Number>(number << 8 | static_cast<unsigned char>(bytes[byte]));
  return number;
}

}  // namespace

frame_header make_frame(std::uint32_t flags, cas_stamp cas) {
  frame_header made;
  made[0] = frame_start;
  made[1] = static_cast<char>(cas.maker);
  put_big_endian(flags, made.data() + 2);
  put_big_endian(cas.number, made.data() + 6);
  return made;
}

std::array<char, 9> stamp_bytes(cas_stamp cas) {
  std::array<char, 9> made;
  made[0] = static_cast<char>(cas.maker);
  put_big_endian(cas.number, made.data() + 1);
  return made;
}

std::array<char, 4> flags_bytes(std::uint32_t flags) {
  std::array<char, 4> made;
  put_big_endian(flags, made.data());
  return made;
}

std::array<char, 16> cas_digits(std::uint64_t cas) {
  std::array<char, 16> made;
  for (std::size_t digit = made.size(); digit-- > 0; cas >>= 4) made[digit] = "0123456789abcdef"[cas & 15];
  return made;
}

std::uint64_t content_cas(std::string_view content) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<unsigned char const*>(content.data()), content.size(), digest.data());
  auto const cas = big_endian<std::uint64_t>(reinterpret_cast<char const*>(digest.data()));
  return cas == 0 ? 1 : cas;
}

item read_item(encoding how, base::slice const& stored) {
  if (how == encoding::plain || !is_framed(stored.view())) return {stored, 0, 0};
  return {stored.part(frame_size), big_endian<std::uint32_t>(stored.data() + 2),
          big_endian<std::uint64_t>(stored.data() + 6)};
}

}  // namespace tandem::protocol::redis
