// What a client of the text protocol sends. Larger values than any input are allowed, so that a claim to send one
// could be believed; lines are short, so that their limit is met.
#include "fuzz/client_reader.hpp"
#include "protocol/memcached/text/request_parser.hpp"

namespace {

namespace fuzz = tandem::fuzz;
namespace text = tandem::protocol::text;

text::request_parser make_parser() {
  return text::request_parser({.value_max = 8 << 20, .key_max = 250, .line_max = 4096});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::check_every_way<fuzz::client_reader<make_parser, text::local_command::stats>>(data, size);
  return 0;
}
