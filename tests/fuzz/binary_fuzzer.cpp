// What a client of the binary protocol sends. Larger values than any input are allowed, so that a claim to send one
// could be believed.
#include "fuzz/client_reader.hpp"
#include "protocol/memcached/binary/request_parser.hpp"

namespace {

namespace fuzz = tandem::fuzz;
namespace binary = tandem::protocol::binary;

binary::request_parser make_parser() {
  return binary::request_parser({.value_max = 8 << 20, .key_max = 250});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::check_every_way<fuzz::client_reader<make_parser, binary::local_command::stat>>(data, size);
  return 0;
}
