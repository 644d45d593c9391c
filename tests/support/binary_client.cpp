#include "support/binary_client.hpp"

namespace tandem::test {
namespace {

constexpr std::size_t header_size = 24;
constexpr std::uint8_t no_op = 0x0a;

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t made = 0;
  for (char const byte : bytes.substr(at, count)) made = (made << 8U) | static_cast<unsigned char>(byte);
  return made;
}

std::string bytes_of(binary_reply const& reply) {
  return big_endian(reply.opcode, 1) + big_endian(reply.status, 2) + big_endian(reply.opaque, 4) + reply.body;
}

}  // namespace

std::string big_endian(std::uint64_t number, std::size_t count) {
  std::string made(count, '\0');
  for (std::size_t i = count; i-- > 0; number >>= 8U) made[i] = static_cast<char>(number & 0xffU);
  return made;
}

void binary_client::send(binary_request const& request) {
  std::size_t const body = request.extras.size() + request.key.size() + request.value.size();
  connection_.send(big_endian(0x80, 1) + big_endian(request.opcode, 1) + big_endian(request.key.size(), 2) +
                   big_endian(request.extras.size(), 1) + big_endian(0, 3) + big_endian(body, 4) +
                   big_endian(request.opaque, 4) + big_endian(request.cas, 8) + request.extras + request.key +
                   request.value);
}

binary_reply binary_client::read() {
  std::string const header = connection_.read_exactly(header_size);
  binary_reply made;
  made.opcode = static_cast<std::uint8_t>(number_at(header, 1, 1));
  made.status = static_cast<std::uint16_t>(number_at(header, 6, 2));
  made.opaque = static_cast<std::uint32_t>(number_at(header, 12, 4));
  made.cas = number_at(header, 16, 8);
  made.body = connection_.read_exactly(number_at(header, 8, 4));
  return made;
}

std::string binary_client::replies_before_no_op() {
  send({.opcode = no_op});
  std::string all;
  for (binary_reply reply = read(); reply.opcode != no_op; reply = read()) all += bytes_of(reply);
  return all;
}

}  // namespace tandem::test
