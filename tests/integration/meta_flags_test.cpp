// The flags of the newer meta dialect over every kind of backend: done as memcached 1.6.38 does it, or refused by name.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <vector>

using namespace tandem::test;

namespace {

// What 1.6.38 answers to the whole of `said`. `flag` is the one that a backend may refuse, `refusable` the
// commands' number among the replies.
struct flag_use {
  std::string flag;
  std::string said;
  std::string told;
  std::string refused_told;  // where the flag is refused, %s standing for the refusal
};

std::vector<flag_use> const uses{
    {"s", "ms k 3 s\r\nabc\r\nms k 2 ME s c\r\nde\r\n", "HD s3\r\nNS s2 c0\r\n", ""},
    {"s", "ms z 3 MR s\r\nabc\r\nms z 3 C3 s\r\nabc\r\n", "NS s3\r\nNF s3\r\n", ""},
    {"s", "ms k 3\r\nabc\r\nms k 2 MA s\r\nde\r\n", "HD\r\nHD s5\r\n", "HD\r\n%s"},
    {"s", "ms k 3\r\nabc\r\nms k 2 MP O1 s\r\nde\r\n", "HD\r\nHD O1 s5\r\n", "HD\r\n%s"},
    {"N", "ms k 3 MA N30 F5\r\nabc\r\nmg k v f t\r\n", "HD\r\nVA 3 f5 t30\r\nabc\r\n", "%sEN\r\n"},
    {"N", "ms k 3 MP T7 N30\r\nabc\r\nmg k v t\r\n", "HD\r\nVA 3 t30\r\nabc\r\n", "%sEN\r\n"},
    {"N", "ms k 3 MA N-1\r\nabc\r\nmg k v\r\n", "HD\r\nEN\r\n", "%sEN\r\n"},
    {"N", "ms k 3 N30\r\nabc\r\nmg k v t\r\n", "HD\r\nVA 3 t-1\r\nabc\r\n", ""},
    {"E", "ms k 3 E77 c\r\nabc\r\nmg k c\r\n", "HD c77\r\nHD c77\r\n", "%sEN\r\n"},
    {"E", "ms k 1\r\n1\r\nma k E9 c v\r\nmg k c\r\n", "HD\r\nVA 1 c9\r\n2\r\nHD c9\r\n", ""},
    {"E", "ms k 1\r\n1\r\nmg k v E9\r\n", "HD\r\nVA 1\r\n1\r\n", ""},
    {"E", "ms k 1\r\n1\r\nmd k E9\r\nmg k\r\n", "HD\r\nHD\r\nEN\r\n", ""},
    {"x", "ms k 3 F7 T90\r\nabc\r\nmd k x\r\nmg k v f t\r\n", "HD\r\nHD\r\nVA 0 f0 t-1\r\n\r\n",
     "HD\r\n%sVA 3 f7 t90\r\nabc\r\n"},
    {"x", "ms k 1\r\n1\r\nmd k x F7 T30\r\nmg k v f t\r\n", "HD\r\nHD\r\nVA 0 f7 t30\r\n\r\n",
     "HD\r\n%sVA 1 f0 t-1\r\n1\r\n"},
    {"x", "ms k 3 x\r\nabc\r\nma k x\r\nmg k x v\r\n",
     "HD\r\nCLIENT_ERROR cannot increment or decrement non-numeric value\r\nVA 3\r\nabc\r\n", ""},
};

std::string with_refusal(flag_use const& use, std::string const& backend) {
  std::string made = use.refused_told;
  std::size_t const at = made.find("%s");
  if (at != std::string::npos)
    made.replace(at, 2,
                 fmt::format("CLIENT_ERROR flag {} is not possible for backend {}\r\n", use.flag, backend));
  return made;
}

std::string on(std::string const& backend) {
  return fmt::format("backends:\n  it:\n    {}\nroutes:\n  - {{to: it}}\n", backend);
}

}  // namespace

TEST_CASE("a store in memory does what every flag of the newer dialect asks for") {
  for (flag_use const& each : uses) {
    tandem_daemon const tandem(on("memory: {size: 16MiB}"));
    INFO(each.said);
    CHECK(tandem.converse(each.said) == each.told);
  }
}

TEST_CASE("a flag reaches a memcached that knows it, and is refused for one that does not") {
  memcached_server const server;
  tandem_daemon const tandem(
      on(fmt::format("memcached: {{servers: [{{name: old, address: \"{}\"}}]}}", server.address())));
  text_client asked = server.connect();
  bool const knows = asked.ask("mg none x\r\n").starts_with("EN");
  std::string const name = "it server old, a memcached before 1.6.27";
  for (flag_use const& each : uses) {
    INFO(each.said);
    tandem.converse("md k\r\nmd z\r\n");
    bool const told = knows || each.refused_told.empty();
    if (!knows && each.said.starts_with("ms k 1\r\n1\r\nma k E9")) continue;  // refused, and shown below
    CHECK(tandem.converse(each.said) == (told ? each.told : with_refusal(each, name)));
  }
  if (!knows) {
    CHECK(tandem.converse("ma k E9\r\n") ==
          "CLIENT_ERROR flag E is not possible for backend " + name + "\r\n");
  }
}
