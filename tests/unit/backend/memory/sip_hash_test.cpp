#include "backend/memory/sip_hash.hpp"

#include "support/catch.hpp"

#include <string>

namespace tandem::backend::memory::tests {
namespace {

TEST_CASE("SipHash gives the value in the appendix of its paper") {
  sip_seed const seed{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::string message;
  for (char byte = 0; byte < 15; ++byte) message.push_back(byte);
  CHECK(sip_hash<2, 4>::of(message, seed) == 0xa129ca6149be45e5);
}

TEST_CASE("SipHash differs by seed and by length alone") {
  CHECK(sip_hash<>::of("key", {1, 2}) != sip_hash<>::of("key", {1, 3}));
  CHECK(sip_hash<>::of("", {1, 2}) != sip_hash<>::of(std::string(1, '\0'), {1, 2}));
}

}  // namespace
}  // namespace tandem::backend::memory::tests
