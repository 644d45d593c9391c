#include "frontend/without_addresses.hpp"

#include "support/catch.hpp"

#include <string>

namespace tandem::frontend {

TEST_CASE("what a message says without its addresses") {
  struct example {
    std::string message;
    std::string expected;
  };
  auto const row = GENERATE(values<example>({
      {"", ""},
      {"backend pool: no answer in time", "backend pool: no answer in time"},
      {"backend pool server 127.0.0.1:11211: no answer in time", "backend pool server: no answer in time"},
      {"backend pool server cache-1.example.org:11211: Connection refused",
       "backend pool server: Connection refused"},
      {"backend pool server [fe80::1]:11211: broken", "backend pool server: broken"},
      {"backend pool server unix:/run/memcached.sock: broken", "backend pool server: broken"},
      {"backend c: no slot map from server 10.0.0.1:6379: Connection refused",
       "backend c: no slot map from server: Connection refused"},
      {"backend c server a:1: MOVED 3999 10.0.0.2:6381", "backend c server: MOVED 3999"},
      {"10.0.0.1:6379 is down", " is down"},
      {"the node 10.0.0.1, and fe80::1.", "the node, and."},
      {"pool server a:1: memcached 1.6.18 does not know it, 1.6.19 or newer does",
       "pool server: memcached 1.6.18 does not know it, 1.6.19 or newer does"},
      {"backend pool server cache-1: broken", "backend pool server cache-1: broken"},
      {"ERR at 12:30:00, line 7:", "ERR at, line 7:"},
      {"it said \"10.0.0.1\" (10.0.0.2).", "it said\")."},
      {"two  blanks", "two  blanks"},
  }));
  CAPTURE(row.message);
  CHECK(without_addresses(row.message) == row.expected);
}

}  // namespace tandem::frontend
