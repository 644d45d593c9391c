// The flags of the newer meta dialect over every kind of backend: done as memcached 1.6.38 does it, or refused by name.
#include "support/catch.hpp"
#include "support/dialogue.hpp"
#include "support/every_backend.hpp"
#include "support/fake_server.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>

#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

using namespace tandem::test;
using namespace std::string_literals;

namespace {

// {k} stands for a key that nothing has. Where the backend refuses the flag, {refusal} stands for its words.
struct flag_use {
  char flag;  // that a backend may refuse; blank if none does
  std::string_view said;
  std::string_view told;  // by 1.6.38 to the whole of it
  std::string_view told_refused = {};
};

std::vector<flag_use> const uses{
    {' ', "ms {k} 3 s\r\nabc\r\nms {k} 2 ME s c\r\nde\r\n", "HD s3\r\nNS s2 c0\r\n"},
    {' ', "ms {k} 3 MR s\r\nabc\r\nms {k} 3 C3 s\r\nabc\r\n", "NS s3\r\nNF s3\r\n"},
    {' ', "ms {k} 3 N30\r\nabc\r\nmg {k} v t\r\n", "HD\r\nVA 3 t-1\r\nabc\r\n"},
    {' ', "ms {k} 1\r\n1\r\nmg {k} v E9\r\n", "HD\r\nVA 1\r\n1\r\n"},
    {' ', "ms {k} 1\r\n1\r\nmd {k} E9\r\nmg {k}\r\n", "HD\r\nHD\r\nEN\r\n"},
    {' ', "ms {k} 3 x\r\nabc\r\nma {k} x\r\nmg {k} x v\r\n",
     "HD\r\nCLIENT_ERROR cannot increment or decrement non-numeric value\r\nVA 3\r\nabc\r\n"},

    {'s', "ms {k} 3\r\nabc\r\nms {k} 2 MA s\r\nde\r\n", "HD\r\nHD s5\r\n", "HD\r\n{refusal}"},
    {'s', "ms {k} 3\r\nabc\r\nms {k} 2 MP O1 s\r\nde\r\n", "HD\r\nHD O1 s5\r\n", "HD\r\n{refusal}"},
    {'s', "ms {k} 3\r\nabc\r\nms {k} 0 MA s\r\n\r\nmg {k} v\r\n", "HD\r\nHD s3\r\nVA 3\r\nabc\r\n",
     "HD\r\n{refusal}VA 3\r\nabc\r\n"},
    {'s', "ms {k} 0\r\n\r\nms {k} 1 MP s\r\na\r\n", "HD\r\nHD s1\r\n", "HD\r\n{refusal}"},
    {'s', "ms {k} 3 MA s\r\nabc\r\nms {k} 3 MP s\r\nabc\r\n", "NS s3\r\nNS s3\r\n", "{refusal}{refusal}"},

    {'N', "ms {k} 3 MA N30 F5\r\nabc\r\nmg {k} v f t\r\n", "HD\r\nVA 3 f5 t30\r\nabc\r\n", "{refusal}EN\r\n"},
    {'N', "ms {k} 3 MP T7 N30\r\nabc\r\nmg {k} v t\r\n", "HD\r\nVA 3 t30\r\nabc\r\n", "{refusal}EN\r\n"},
    {'N', "ms {k} 3 MA N-1\r\nabc\r\nmg {k} v\r\n", "HD\r\nEN\r\n", "{refusal}EN\r\n"},
    {'N', "ms {k} 3 MA N0 s\r\nabc\r\nmg {k} v t\r\n", "HD s3\r\nVA 3 t-1\r\nabc\r\n", "{refusal}EN\r\n"},
    {'N', "ms {k} 3 T90\r\nabc\r\nms {k} 2 MP N30 s\r\nde\r\nmg {k} v t\r\n",
     "HD\r\nHD s5\r\nVA 5 t90\r\ndeabc\r\n", "HD\r\n{refusal}VA 3 t90\r\nabc\r\n"},
    {'N', "ms {k} 1 F5\r\n1\r\nms {k} 1 MA N30 F6\r\n2\r\nmg {k} v f\r\n", "HD\r\nHD\r\nVA 2 f5\r\n12\r\n",
     "HD\r\n{refusal}VA 1 f5\r\n1\r\n"},

    {'E', "ms {k} 3 E77 c\r\nabc\r\nmg {k} c\r\n", "HD c77\r\nHD c77\r\n", "{refusal}EN\r\n"},
    {'E', "ms {k} 3 E18446744073709551615 F7 T90\r\nabc\r\nmg {k} c v f t\r\n",
     "HD\r\nVA 3 c18446744073709551615 f7 t90\r\nabc\r\n", "{refusal}EN\r\n"},
    {'E', "ms {k} 1 ME E7\r\n1\r\nms {k} 1 ME E8\r\n2\r\nmg {k} c v\r\n", "HD\r\nNS\r\nVA 1 c7\r\n1\r\n",
     "{refusal}{refusal}EN\r\n"},
    {'E', "ms {k} 1 MR E7\r\n1\r\nmg {k}\r\n", "NS\r\nEN\r\n", "{refusal}EN\r\n"},
    {'E', "ms {k} 1\r\n1\r\nms {k} 1 MR E7\r\n2\r\nmg {k} v\r\nmd {k} C7\r\n",
     "HD\r\nHD\r\nVA 1\r\n2\r\nHD\r\n", "HD\r\n{refusal}VA 1\r\n1\r\nEX\r\n"},
    {'E', "ms {k} 1\r\n1\r\nms {k} 1 MA E7\r\n2\r\nmg {k} v\r\nmd {k} C7\r\n",
     "HD\r\nHD\r\nVA 2\r\n12\r\nHD\r\n", "HD\r\n{refusal}VA 1\r\n1\r\nEX\r\n"},
    {'E', "ms {k} 1\r\n1\r\nms {k} 1 MP E7\r\n2\r\nmg {k} v\r\nmd {k} C7\r\n",
     "HD\r\nHD\r\nVA 2\r\n21\r\nHD\r\n", "HD\r\n{refusal}VA 1\r\n1\r\nEX\r\n"},
    {'E', "ms {k} 1\r\n1\r\nma {k} E9 v\r\nmd {k} C9\r\n", "HD\r\nVA 1\r\n2\r\nHD\r\n",
     "HD\r\n{refusal}EX\r\n"},
    {'E', "ms {k} 1\r\n5\r\nma {k} MD E9 v q\r\nmg {k} v\r\nmd {k} C9\r\n", "HD\r\nVA 1\r\n4\r\nHD\r\n",
     "HD\r\n{refusal}VA 1\r\n5\r\nEX\r\n"},
    {'E', "ma {k} E9 N0 J5 c v\r\nmg {k} c\r\n", "VA 1 c9\r\n5\r\nHD c9\r\n", "{refusal}EN\r\n"},
    {'E', "ma {k} E9 N0 J5 v q\r\nmg {k} c\r\n", "VA 1\r\n5\r\nHD c9\r\n", "{refusal}EN\r\n"},
    {'E', "ma {k} E9\r\nmg {k}\r\n", "NF\r\nEN\r\n", "{refusal}EN\r\n"},

    {'x', "ms {k} 3 T90\r\nabc\r\nmd {k} x\r\nmg {k} v t\r\n", "HD\r\nHD\r\nVA 0 t-1\r\n\r\n",
     "HD\r\n{refusal}VA 3 t90\r\nabc\r\n"},
    {'x', "ms {k} 3 F7 T90\r\nabc\r\nmd {k} x\r\nmg {k} v f t\r\n", "HD\r\nHD\r\nVA 0 f0 t-1\r\n\r\n",
     "HD\r\n{refusal}VA 3 f7 t90\r\nabc\r\n"},
    {'x', "ms {k} 1\r\n1\r\nmd {k} x F7 T30\r\nmg {k} v f t\r\n", "HD\r\nHD\r\nVA 0 f7 t30\r\n\r\n",
     "HD\r\n{refusal}VA 1 f0 t-1\r\n1\r\n"},
    {'x', "ms {k} 1\r\n1\r\nmd {k} x T-1\r\nmg {k}\r\n", "HD\r\nHD\r\nEN\r\n", "HD\r\n{refusal}HD\r\n"},
    {'x', "md {k} x\r\nmg {k}\r\n", "NF\r\nEN\r\n", "{refusal}EN\r\n"},
    {'x', "ms {k} 1\r\n1\r\nmd {k} x C1\r\nmg {k} v\r\n", "HD\r\nEX\r\nVA 1\r\n1\r\n",
     "HD\r\n{refusal}VA 1\r\n1\r\n"},
    {'x', "ms {k} 1\r\n1\r\nmd {k} x q\r\nms {k} 2 MA\r\nab\r\nmg {k} v\r\n", "HD\r\nHD\r\nVA 2\r\nab\r\n",
     "HD\r\n{refusal}HD\r\nVA 3\r\n1ab\r\n"},
};

// Where all are done: one flag takes what another has left.
std::vector<flag_use> const chains{
    {' ', "ms {k} 1 E5\r\n1\r\nmd {k} x\r\nmg {k} c v f\r\n", "HD\r\nHD\r\nVA 0 c5 f0\r\n\r\n"},
    {' ', "ms {k} 1 E5\r\n1\r\nmd {k} x E6 C5 F3\r\nmg {k} c v f\r\n", "HD\r\nHD\r\nVA 0 c6 f3\r\n\r\n"},
    {' ', "ms {k} 1 E5\r\n1\r\nmg {k} T90 c\r\nmg {k} c t\r\n", "HD\r\nHD c5\r\nHD c5 t90\r\n"},
    {' ',
     "ms {k} 1 E5\r\n1\r\nms {k} 1 C5 E6 F9\r\n2\r\nms {k} 1 MA C6 E7 s\r\n3\r\nms {k} 1 MP C7 E8 s\r\n1\r\n"
     "ma {k} C8 E9 v\r\nma {k} MD C9 E10 D20 v\r\nmg {k} c v f s\r\nmd {k} C10\r\n",
     "HD\r\nHD\r\nHD s2\r\nHD s3\r\nVA 3\r\n124\r\nVA 3\r\n104\r\nVA 3 c10 f9 s3\r\n104\r\nHD\r\n"},
    {' ', "ms {k} 3 MA N30 E7 c s F2\r\nabc\r\nms {k} 1 MP N30 C7 E8 c s\r\nd\r\nmg {k} v f c\r\n",
     "HD c7 s3\r\nHD c8 s4\r\nVA 4 f2 c8\r\ndabc\r\n"},
    {' ', "ms {k} 3 MA N30 C7 E8 c\r\nabc\r\nms {k} 1 C7 E9\r\nx\r\nmg {k} v c\r\n",
     "HD c8\r\nEX\r\nVA 3 c8\r\nabc\r\n"},
};

// A second may have passed meanwhile, or some; what was queued counts from the next second on.
std::string with_full_times(std::string const& reply) {
  static std::regex const about_30(" t(2[5-9]|30)");
  static std::regex const about_90(" t(8[5-9]|9[01])");
  return std::regex_replace(std::regex_replace(reply, about_30, " t30"), about_90, " t90");
}

std::string refusal(char flag, std::string_view by) {
  return fmt::format("CLIENT_ERROR flag {} is not possible for backend {}\r\n", flag, by);
}

bool sets_flags(flag_use const& use) { return use.said.find(" F") != std::string_view::npos; }

std::string on(std::string const& backend) {
  return fmt::format("workers: 1\nbackends:\n  it:\n    {}\n    timeout: 10s\nroutes:\n  - {{to: it}}\n",
                     backend);
}

// How one use goes where the flags in `refused` are, by the backend of that name.
void check_use(text_client client, std::string const& key, flag_use const& use, std::string_view refused,
               std::string_view by) {
  INFO(key << ": " << use.said);
  std::string const told = with_full_times(client.converse(replaced(use.said, "{k}", key)));
  bool const is_refused = refused.find(use.flag) != std::string_view::npos;
  CHECK(told == (is_refused ? replaced(use.told_refused, "{refusal}", refusal(use.flag, by))
                            : std::string(use.told)));
}

}  // namespace

TEST_CASE("the table tells what memcached does, where the one that is here knows the flags") {
  if (!memcached_knows_newer_flags()) return;
  memcached_server const oracle;
  unsigned keys = 0;
  for (auto const* table : {&uses, &chains})
    for (flag_use const& each : *table) check_use(oracle.connect(), fmt::format("k{}", ++keys), each, "", "");
}

TEST_CASE("every backend does what a flag of the newer dialect asks for, or refuses it by name") {
  every_backend const all;
  unsigned keys = 0;
  for (std::string const& name : every_backend::names()) {
    if (name == "pool" && !memcached_knows_newer_flags()) continue;
    bool const plain = every_backend::is_plain(name);
    auto const check = [&](flag_use const& use) {
      check_use(all.connect(), fmt::format("{}:{}", name, ++keys), use, plain ? "Ex" : "", "plain");
    };
    for (flag_use const& each : uses)
      if (!plain || !sets_flags(each)) check(each);
    for (flag_use const& each : chains)
      if (!plain) check(each);
  }
}

TEST_CASE("a value that waits to be written to L2 is there before a flag is heeded") {
  memcached_server const near;
  redis_server redis;
  tandem_daemon const tandem(fmt::format(R"(
workers: 1
backends:
  near: {{memcached: {{servers: ["{}"]}}, timeout: 10s}}
  far: {{redis: {{server: "{}"}}, timeout: 10s}}
  both: {{tiered: {{l1: near, l2: far, write: back, queue: {{items: 1000, bytes: 1MiB}}}}}}
routes:
  - {{to: both}}
)",
                                         near.address(), redis.address()));
  unsigned keys = 0;
  for (auto const* table : {&uses, &chains})
    for (flag_use const& each : *table) check_use(tandem.connect(), fmt::format("k{}", ++keys), each, "", "");
}

TEST_CASE("the release that a server has told decides which flags it is sent") {
  constexpr std::string_view version_before = "VERSION 1.6.26";
  fake_server const server;
  tandem_daemon const tandem(
      on(fmt::format("memcached: {{servers: [{{name: old, address: \"{}\"}}]}}", server.address())));
  std::string const name = "it server old: memcached 1.6.26 does not know it, 1.6.27 or newer does";
  text_client client = tandem.connect();
  std::optional<text_client> link;
  // The first of them all waits for the connection, and then for an answer to nothing.
  client.send("ms k 1 MA N30\r\nv\r\n");
  link = server.accept_as_memcached(version_before);
  REQUIRE(link);
  CHECK(link->read_line() == "mn");
  link->send("MN\r\n");
  CHECK(client.read_line() + "\r\n" == refusal('N', name));
  for (std::string const& command : {"ms k 1 MA s\r\nv\r\n"s, "ms k 1 MP N30\r\nv\r\n"s, "md k x\r\n"s,
                                     "ms k 1 E5\r\nv\r\n"s, "ma k E5 N0 q\r\n"s, "ma k E5\r\n"s}) {
    INFO(command);
    char const flag = command[command.find_first_of("sNxE", 3)];
    CHECK(client.ask(command) + "\r\n" == refusal(flag, name));
  }
  client.send("ms k 1 MA\r\nv\r\n");
  CHECK(link->read_line() == "ms k 1 MA");
  CHECK(link->read_line() == "v");
  link->send("HD\r\n");
  CHECK(client.read_line() == "HD");
  // Another release on the next connection is another answer.
  link.reset();
  client.send("md k x\r\n");
  link = server.accept_as_memcached("VERSION 1.6.27");
  REQUIRE(link);
  CHECK(link->read_line() == "md k x F0");
  link->send("HD\r\n");
  CHECK(client.read_line() == "HD");
}

TEST_CASE("what a Tandem behind refuses costs no link, and the value is no command") {
  redis_server redis;
  tandem_daemon const far(fmt::format(R"(
workers: 1
backends:
  inner: {{redis: {{server: "{}", encoding: plain}}, timeout: 10s}}
routes:
  - {{prefix: "gone", strip_prefix: "gone", to: inner}}
  - {{to: inner}}
)",
                                      redis.address()));
  tandem_daemon const near(on(fmt::format("memcached: {{servers: [\"127.0.0.1:{}\"]}}", far.port())));
  text_client client = near.connect();
  CHECK(client.ask("mn\r\n") == "MN");
  CHECK(client.ask("delete k\r\n") == "NOT_FOUND");
  double const links = far.metric("tandem_client_connections_total");
  CHECK(client.ask("ms k 9 E5\r\nflush_all\r\n") + "\r\n" == refusal('E', "inner"));
  CHECK(client.ask("ms k 9 MA E5\r\nflush_all\r\n") + "\r\n" == refusal('E', "inner"));
  CHECK(client.ask("set gone 0 0 9\r\nflush_all\r\n") ==
        "CLIENT_ERROR bad key: its rule leaves nothing of it");
  CHECK(client.ask("set k 5 0 1\r\nv\r\n").find("keeps no flags") != std::string::npos);
  CHECK(client.ask("ms k 3 MA N30 s\r\nabc\r\n") == "HD s3");
  CHECK(client.converse("get k\r\n") == "VALUE k 0 3\r\nabc\r\nEND\r\n");
  INFO(near.log());
  CHECK(far.metric("tandem_client_connections_total") == links);
}
