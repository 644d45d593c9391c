#include "protocol/redis/item.hpp"

#include <openssl/sha.h>

#include <algorithm>

namespace tandem::protocol::redis {
namespace {

constexpr std::string_view frame_start("\x9e\x01", 2);

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

frame_header make_frame(std::uint32_t flags, std::uint64_t cas) {
  frame_header made;
  std::copy(frame_start.begin(), frame_start.end(), made.begin());
  put_big_endian(flags, made.data() + 2);
  put_big_endian(cas, made.data() + 6);
  return made;
}

std::array<char, 8> cas_bytes(std::uint64_t cas) {
  std::array<char, 8> made;
  put_big_endian(cas, made.data());
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
  bool const framed =
      how == encoding::framed && stored.size() >= frame_size && stored.view().starts_with(frame_start);
  if (!framed) return {stored, 0, 0};
  return {stored.part(frame_size), big_endian<std::uint32_t>(stored.data() + 2),
          big_endian<std::uint64_t>(stored.data() + 6)};
}

}  // namespace tandem::protocol::redis
