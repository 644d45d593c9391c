#include "config/scalars.hpp"
#include "support/catch.hpp"

#include <vector>

namespace tandem::config {

TEST_CASE("an endpoint is a host and port, a bracketed IPv6 address and port, or a Unix path") {
  std::vector<std::pair<std::string_view, net::endpoint>> const endpoints{
      {"127.0.0.1:11211", {"127.0.0.1", 11211, ""}},
      {"cache-1.example:1", {"cache-1.example", 1, ""}},
      {"localhost:65535", {"localhost", 65535, ""}},
      {"[::1]:11211", {"::1", 11211, ""}},
      {"[2001:db8::7]:80", {"2001:db8::7", 80, ""}},
      {"unix:/run/t.sock", {"", 0, "/run/t.sock"}},
      {"unix:t.sock", {"", 0, "t.sock"}}};
  for (auto const& [text, endpoint] : endpoints) {
    CAPTURE(text);
    auto const parsed = parse_endpoint(text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == endpoint);
    CHECK(parsed->str() == text);
  }
}

TEST_CASE("an endpoint that is none is refused with what would be right") {
  std::vector<std::pair<std::string_view, std::string>> const refused{
      {"", "\"\" has no valid host; write HOST:PORT"},
      {":11211", "\":11211\" has no valid host; write HOST:PORT"},
      {"a b:1", "\"a b:1\" has no valid host; write HOST:PORT"},
      {"10.0.0.256:1", "\"10.0.0.256:1\" has no valid host; write HOST:PORT"},
      {"11211", "\"11211\" has no valid host; write HOST:PORT"},
      {"10.0.0.1", "\"10.0.0.1\" has no port; write 10.0.0.1:11211, say"},
      {"cache", "\"cache\" has no port; write cache:11211, say"},
      {"cache:", "\"\" is not a port; ports are 1 to 65535"},
      {"cache:0", "\"0\" is not a port; ports are 1 to 65535"},
      {"cache:65536", "\"65536\" is not a port; ports are 1 to 65535"},
      {"cache:memcached", "\"memcached\" is not a port; ports are 1 to 65535"},
      {"::1", "\"::1\" is not HOST:PORT; an IPv6 address stands in brackets, as in [::1]:11211"},
      {"::1:11211", "\"::1:11211\" is not HOST:PORT; an IPv6 address stands in brackets, as in [::1]:11211"},
      {"[::1]", "\"[::1]\" has no port; write [::1]:11211, say"},
      {"[::1", "\"[::1\" is not an IPv6 address in brackets; write [::1]:11211, say"},
      {"[::g]:1", "\"[::g]:1\" is not an IPv6 address in brackets; write [::1]:11211, say"},
      {"[]:1", "\"[]:1\" is not an IPv6 address in brackets; write [::1]:11211, say"},
      {"[", "\"[\" is not an IPv6 address in brackets; write [::1]:11211, say"},
      {"[::1]:99999", "\"99999\" is not a port; ports are 1 to 65535"},
      {"/run/t.sock", "\"/run/t.sock\" is a path; write unix:/run/t.sock"},
      {"unix:", "\"unix:\" has no path; write unix:/run/tandem.sock, say"}};
  for (auto const& [text, message] : refused) {
    CAPTURE(text);
    auto const parsed = parse_endpoint(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().message == message);
  }
}

TEST_CASE("a Unix path must fit into a socket's address") {
  CHECK(parse_endpoint("unix:/" + std::string(106, 'p')).has_value());
  auto const parsed = parse_endpoint("unix:/" + std::string(107, 'p'));
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().message ==
        "the path of a Unix socket has at most 107 bytes, this one has 108; choose a shorter one");
}

}  // namespace tandem::config
