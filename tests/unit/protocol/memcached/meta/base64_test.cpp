#include "protocol/memcached/meta/base64.hpp"

#include "support/catch.hpp"

using namespace tandem;
using namespace std::string_literals;
using protocol::meta::read_base64;

namespace {

std::string written(std::string_view bytes) {
  base::output_buffer output;
  protocol::meta::append_base64(bytes, output);
  return output.str();
}

}  // namespace

TEST_CASE("base64 has the test vectors of RFC 4648") {
  CHECK(written("f") == "Zg==");
  CHECK(written("fo") == "Zm8=");
  CHECK(written("foo") == "Zm9v");
  CHECK(written("foobar") == "Zm9vYmFy");
}

TEST_CASE("every byte survives base64") {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    bytes += static_cast<char>(byte);
    CHECK(read_base64(written(bytes)) == bytes);
  }
}

// What memcached 1.6.18 answers to keys of this kind.
TEST_CASE("base64 that is not quite right is read as memcached reads it") {
  CHECK(read_base64("YR==") == "a");
  CHECK(read_base64("YQ==YQ==") == "a");
  CHECK(read_base64("YW==YWJj") == "a");
  CHECK(read_base64("YW=j") == "a`");
  CHECK(read_base64("YQ=a") == "a\0"s);
  CHECK(read_base64("YW*Jj*") == "abc");
  for (std::string_view const text :
       {"", "Y", "YQ", "YWJjYQ", "YWJj=", "Y===", "====", "=Q==", "YWJjY===", "Y*Jj", "****"}) {
    INFO(text);
    CHECK_FALSE(read_base64(text));
  }
}
