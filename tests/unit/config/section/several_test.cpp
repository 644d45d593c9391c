// Backends that are made of several others.
#include "config/composition.hpp"
#include "unit/config/loading.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace tandem::config {
namespace {

using namespace std::chrono_literals;

/// The backend "a" of that kind is in line 3, and two that it may name are below.
std::string with_a(std::string const& kind) {
  return "routes: [{to: a}]\nbackends:\n  a: {" + kind + "}\n  m: {memory: {}}\n  n: {memory: {}}\n";
}

}  // namespace

TEST_CASE("a failover has its backends in order, and defaults") {
  configuration const read = good(with_a("failover: {to: [n, m]}"));
  auto const& failover = std::get<routing::failover_options>(read.backends.at(0).kind);
  CHECK(failover.to == std::vector<std::string>{"n", "m"});
  CHECK(failover.on_error);
  CHECK(failover.on_timeout);
  CHECK_FALSE(failover.on_miss);
  CHECK(failover.ttl == 10s);
  CHECK(parts_of(read.backends.at(0)) == std::vector<std::string_view>{"n", "m"});
  CHECK(read.warnings.empty());
}

TEST_CASE("a failover says when the next is asked") {
  configuration const read = good(with_a("failover: {to: [m, n], on: [miss, error], ttl: 1m}"));
  auto const& failover = std::get<routing::failover_options>(read.backends.at(0).kind);
  CHECK(failover.on_error);
  CHECK_FALSE(failover.on_timeout);
  CHECK(failover.on_miss);
  CHECK(failover.ttl == 60s);
}

TEST_CASE("mistakes in a failover are reported where they are") {
  std::string const place = "backends.a.failover";
  check_each({
      {with_a("failover: {ttl: 1s}"),
       {"t.yaml:3:17: " + place + ": \"to\" is missing; list two backends or more"}},
      {with_a("failover: {to: m}"), {"t.yaml:3:22: " + place + ".to: is a single value; write [NAME, NAME]"}},
      {with_a("failover: {to: []}"), {"t.yaml:3:22: " + place + ".to: is empty; write [NAME, NAME]"}},
      {with_a("failover: {to: [m]}"),
       {"t.yaml:3:22: " + place +
        ".to: names one backend; add another, or name that one where this one is named"}},
      {with_a("failover: {to: [m, n, m]}"),
       {"t.yaml:3:29: " + place + ".to[2]: \"m\" is named already; write the name of another backend"}},
      {with_a("failover: {to: [m, p]}"),
       {"t.yaml:3:26: " + place + ".to[1]: no backend is named \"p\"; write one of m, n"}},
      {with_a("failover: {to: [m, a]}"),
       {"t.yaml:3:26: " + place + ".to[1]: \"a\" names itself, a cycle; write the name of another backend"}},
      {with_a("failover: {to: [m, n], on: [error, late]}"),
       {"t.yaml:3:42: " + place + ".on[1]: unknown value \"late\"; write error, timeout or miss"}},
      {with_a("failover: {to: [m, n], on: [miss, miss]}"),
       {"t.yaml:3:41: " + place + ".on[1]: \"miss\" is given twice; keep one"}},
      {with_a("failover: {to: [m, n], on: []}"),
       {"t.yaml:3:34: " + place + ".on: is empty; write [error, timeout], say"}},
      {with_a("failover: {to: [m, n], ttl: 0s}"),
       {"t.yaml:3:35: " + place + ".ttl: 0s is out of range; write 1s to 30d"}},
      {with_a("failover: {to: [m, n], for: 1s}"),
       {"t.yaml:3:30: " + place + ": unknown key \"for\"; write one of to, on, ttl"}},
      {with_a("failover: {to: [m, n]}, timeout: 1s"),
       {"t.yaml:3:40: backends.a.timeout: each backend that it names has its own; remove it"}},
  });
}

TEST_CASE("a coalesce names what it asks") {
  configuration const read = good(with_a("coalesce: {to: n}"));
  CHECK(std::get<routing::coalesce_options>(read.backends.at(0).kind).to == "n");
  CHECK(parts_of(read.backends.at(0)) == std::vector<std::string_view>{"n"});
  std::string const place = "backends.a.coalesce";
  check_each({
      {with_a("coalesce: {}"),
       {"t.yaml:3:17: " + place + ": \"to\" is missing; name the backend that is asked"}},
      {with_a("coalesce: {to: a}"),
       {"t.yaml:3:22: " + place + ".to: \"a\" names itself, a cycle; write the name of another backend"}},
      {with_a("coalesce: {to: [m, n]}"),
       {"t.yaml:3:22: " + place + ".to: is a sequence; write a text, in quotes if it begins with a bracket"}},
  });
}

TEST_CASE("a shadow names what answers and what is asked as well") {
  configuration const read = good(with_a("shadow: {to: n, copy_to: m, share: 2.5%, compare: true}"));
  auto const& shadow = std::get<routing::shadow_options>(read.backends.at(0).kind);
  CHECK(shadow.to == "n");
  CHECK(shadow.copy_to == "m");
  CHECK(shadow.share == 0.025);
  CHECK(shadow.compare);
  CHECK(parts_of(read.backends.at(0)) == std::vector<std::string_view>{"n", "m"});
  configuration const plain = good(with_a("shadow: {to: n, copy_to: m}"));
  CHECK(std::get<routing::shadow_options>(plain.backends.at(0).kind).share == 1);
  CHECK_FALSE(std::get<routing::shadow_options>(plain.backends.at(0).kind).compare);
}

TEST_CASE("mistakes in a shadow are reported where they are") {
  std::string const place = "backends.a.shadow";
  std::string const range = " is out of range; write more than 0%, and 100% at most";
  std::string const no_share = "\" is not a share; write a number with %, such as 10% or 0.1%";
  auto const share = [](std::string const& text) {
    return with_a("shadow: {to: m, copy_to: n, share: " + text + "}");
  };
  check_each({
      {with_a("shadow: {to: m}"),
       {"t.yaml:3:15: " + place + ": \"copy_to\" is missing; name the backend that is asked as well"}},
      {with_a("shadow: {copy_to: m}"),
       {"t.yaml:3:15: " + place + ": \"to\" is missing; name the backend that answers"}},
      {share("0%"), {"t.yaml:3:42: " + place + ".share: 0%" + range}},
      {share("100.5%"), {"t.yaml:3:42: " + place + ".share: 100.5%" + range}},
      {share("-1%"), {"t.yaml:3:42: " + place + ".share: \"-1%" + no_share}},
      {share("0.1"), {"t.yaml:3:42: " + place + ".share: \"0.1" + no_share}},
      {share("all"), {"t.yaml:3:42: " + place + ".share: \"all" + no_share}},
      {with_a("shadow: {to: m, copy_to: m}"),
       {"t.yaml:3:32: " + place +
        ".copy_to: the same requests would go to \"m\" twice; name a backend that has nothing in common with "
        "\"m\""}},
      {with_a("shadow: {to: b, copy_to: c}") + "  b: {failover: {to: [n, m]}}\n  c: {split: {default: m}}\n",
       {"t.yaml:3:32: " + place +
        ".copy_to: the same requests would go to \"m\" twice, through \"c\"; name a backend that has nothing "
        "in common with \"b\""}},
      {with_a("shadow: {to: m, copy_to: a}"),
       {"t.yaml:3:32: " + place +
        ".copy_to: \"a\" names itself, a cycle; write the name of another backend"}},
  });
}

TEST_CASE("a replicated one names its replicas, and how they are read and written") {
  configuration const read = good(with_a("replicated: {to: [n, m]}"));
  auto const& plain = std::get<routing::replicated_options>(read.backends.at(0).kind);
  CHECK(plain.to == std::vector<std::string>{"n", "m"});
  CHECK(plain.write == routing::replicated_write::all);
  CHECK(plain.read == routing::replicated_read::first);
  CHECK(parts_of(read.backends.at(0)) == std::vector<std::string_view>{"n", "m"});
  configuration const other = good(with_a("replicated: {to: [n, m], write: one, read: fastest}"));
  auto const& said = std::get<routing::replicated_options>(other.backends.at(0).kind);
  CHECK(said.write == routing::replicated_write::one);
  CHECK(said.read == routing::replicated_read::fastest);
}

TEST_CASE("mistakes in a replicated one are reported where they are") {
  std::string const place = "backends.a.replicated";
  check_each({
      {with_a("replicated: {to: [m]}"),
       {"t.yaml:3:24: " + place +
        ".to: names one backend; add another, or name that one where this one is named"}},
      {with_a("replicated: {to: [m, m]}"),
       {"t.yaml:3:28: " + place + ".to[1]: \"m\" is named already; write the name of another backend"}},
      {with_a("replicated: {to: [m, n], write: most}"),
       {"t.yaml:3:39: " + place + ".write: unknown value \"most\"; write one of all, one"}},
      {with_a("replicated: {to: [m, n], read: near}"),
       {"t.yaml:3:38: " + place + ".read: unknown value \"near\"; write one of first, fastest, zone"}},
      {with_a("replicated: {to: [n, m, c]}") + "  c: {split: {default: n}}\n",
       {"t.yaml:3:31: " + place +
        ".to[2]: the same requests would go to \"n\" twice, through \"c\"; name a backend that has nothing "
        "in "
        "common with \"n\""}},
  });
}

TEST_CASE("a tier is none of these") {
  auto const tiers = [](std::string const& kind) {
    return "routes: [{to: t}]\nbackends:\n  t: {tiered: {l1: a, l2: r}}\n  a: {" + kind +
           "}\n  m: {memory: {}}\n  n: {memory: {}}\n  r: {redis: {server: a:1}}\n";
  };
  std::string const place = "t.yaml:3:20: backends.t.tiered.l1: \"a\" ";
  std::string const several =
      "sends requests for one key to several backends, and a tier is one; name one of them";
  check_each(
      {{tiers("failover: {to: [m, n]}"), {place + several}},
       {tiers("shadow: {to: m, copy_to: n}"), {place + several}},
       {tiers("replicated: {to: [m, n]}"), {place + several}},
       {tiers("coalesce: {to: m}"),
        {place +
         "cannot be a tier, for it may answer what was read before it was asked; name what it goes to, "
         "and the tiers in a coalesce"}}});
}

namespace {

/// The pool "p" in line 3 with that in place of those who stand in; others that it may name are below.
std::string with_stand_in(std::string const& value) {
  return "routes: [{to: p}]\nbackends:\n  p: {memcached: {servers: [s:1, t:1], on_server_failure: " + value +
         "}}\n  g: {memcached: {servers: [u:1]}}\n  m: {memory: {}}\n  n: {memcached: {servers: [u:1, "
         "t:1]}}\n";
}

}  // namespace

TEST_CASE("who stands in for servers of a pool that fail") {
  using choice = routing::server_failure_options::choice;
  struct row {
    std::string value;
    choice chosen;
    std::string gutter;
    std::chrono::seconds ttl;
  };
  for (row const& each : std::vector<row>{{"error", choice::error, "", 10s},
                                          {"rehash", choice::rehash, "", 10s},
                                          {"{rehash: true, ttl: 1m}", choice::rehash, "", 60s},
                                          {"{gutter: g}", choice::gutter, "g", 10s},
                                          {"{gutter: m, ttl: 5s}", choice::gutter, "m", 5s}}) {
    INFO(each.value);
    configuration const read = good(with_stand_in(each.value));
    routing::server_failure_options const& told = read.backends.at(0).on_server_failure;
    CHECK(told.chosen == each.chosen);
    CHECK(told.gutter == each.gutter);
    CHECK(told.ttl == each.ttl);
    CHECK(parts_of(read.backends.at(0)).size() == (each.gutter.empty() ? 0 : 1));
  }
}

TEST_CASE("mistakes in who stands in for servers are reported where they are") {
  std::string const place = "backends.p.memcached.on_server_failure";
  std::string const ways = "write error, rehash, {gutter: NAME, ttl: 10s} or {rehash: true, ttl: 10s}";
  check_each({
      {with_stand_in("retry"), {"t.yaml:3:59: " + place + ": unknown value \"retry\"; " + ways}},
      {with_stand_in("{ttl: 1s}"), {"t.yaml:3:59: " + place + ": names nobody to stand in; " + ways}},
      {with_stand_in("{rehash: true, gutter: g}"),
       {"t.yaml:3:59: " + place + ": names two to stand in; " + ways}},
      {with_stand_in("{gutter: p}"),
       {"t.yaml:3:68: " + place + ".gutter: \"p\" names itself, a cycle; write the name of another backend"}},
      {with_stand_in("{gutter: q}"),
       {"t.yaml:3:68: " + place + ".gutter: no backend is named \"q\"; write one of g, m, n"}},
      {with_stand_in("{gutter: n}"),
       {"t.yaml:3:68: " + place +
        ".gutter: t:1 is a server of \"n\" and of the pool that \"n\" stands in for; name a backend that has "
        "none "
        "of its servers"}},
      {with_stand_in("{gutter: g, ttl: 0s}"),
       {"t.yaml:3:76: " + place + ".ttl: 0s is out of range; write 1s to 30d"}},
      {"routes: [{to: a}]\nbackends:\n  a: {tiered: {l1: p, l2: r}}\n  p: {memcached: {servers: [s:1, t:1], "
       "on_server_failure: rehash}}\n  r: {redis: {server: r:1}}\n",
       {"t.yaml:3:20: backends.a.tiered.l1: \"p\" cannot be a tier, for others would have its items when a "
        "server "
        "fails; remove its on_server_failure, or name another backend"}},
  });
}

}  // namespace tandem::config
