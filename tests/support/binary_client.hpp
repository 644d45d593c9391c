// A connection that speaks memcached's binary protocol, one command at a time: for tests that look at what no client
// library shows, such as the cas of each reply. Times out as text_client does.
#pragma once

#include "support/text_client.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::test {

/// The low `count` bytes of a number, the most significant first.
std::string big_endian(std::uint64_t number, std::size_t count);

struct binary_request {
  std::uint8_t opcode = 0;
  std::string key{};
  std::string extras{};
  std::string value{};
  std::uint64_t cas = 0;
  std::uint32_t opaque = 0;
};

struct binary_reply {
  std::uint8_t opcode = 0;
  std::uint16_t status = 0;
  std::uint32_t opaque = 0;
  std::uint64_t cas = 0;
  std::string body;  // extras, key and value
};

class binary_client {
 public:
  explicit binary_client(text_client connection) : connection_(std::move(connection)) {}

  void send(binary_request const& request);
  binary_reply read();
  binary_reply ask(binary_request const& request) {
    send(request);
    return read();
  }
  /// Everything that is answered before a NoOp is.
  std::string replies_before_no_op();

 private:
  text_client connection_;
};

}  // namespace tandem::test
