// Backends that are made of others: what is wrong with the names.
#include "config/composition.hpp"
#include "unit/config/loading.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace tandem::config {

namespace {

/// The backends are in line 3 and below.
std::string with(std::string const& backends) { return "routes: [{to: a}]\nbackends:\n" + backends; }

std::string const memory = "  m: {memory: {}}\n";

/// b1 asks b2, that b3, and so on, and the last one m.
std::string chain(int length) {
  std::string made = "  a: {split: {default: b1}}\n";
  for (int each = 1; each < length - 2; ++each)
    made += fmt::format("  b{}: {{split: {{default: b{}}}}}\n", each, each + 1);
  return made + fmt::format("  b{}: {{split: {{default: m}}}}\n", length - 2) + memory;
}

}  // namespace

TEST_CASE("a split names a backend for each command that does not go to the default") {
  configuration const read =
      good(with("  a: {split: {get: p, gat: p, delete: m, default: m}}\n  p: {memory: {}}\n" + memory));
  auto const& split = std::get<routing::split_options>(read.backends.at(0).kind);
  CHECK(split.otherwise == "m");
  auto const of = [&](model::verb command) { return split.by_verb[static_cast<std::size_t>(command)]; };
  CHECK(of(model::verb::get) == "p");
  CHECK(of(model::verb::get_and_touch) == "p");
  CHECK(of(model::verb::remove) == "m");
  CHECK(of(model::verb::set).empty());
  CHECK(parts_of(read.backends.at(0)) == std::vector<std::string_view>{"m", "p"});
  CHECK(read.warnings.empty());
}

TEST_CASE("mistakes in names of backends are reported where they are") {
  std::string const again = "; write the name of another backend";
  check_each({
      {with("  a: {split: {get: m}}\n" + memory),
       {"t.yaml:3:14: backends.a.split: \"default\" is missing; name the backend for all other commands"}},
      {with("  a: {split: {default: n}}\n" + memory),
       {"t.yaml:3:24: backends.a.split.default: no backend is named \"n\"; write m"}},
      {with("  a: {split: {default: m, fetch: m}}\n" + memory),
       {"t.yaml:3:27: backends.a.split: unknown key \"fetch\"; write one of default, get, gat, touch, set, "
        "add, replace, "
        "append, prepend, cas, incr, decr, delete"}},
      {with("  a: {split: {default: m}, timeout: 1s}\n" + memory),
       {"t.yaml:3:37: backends.a.timeout: each backend that it names has its own; remove it"}},
      {with("  a: {split: {default: a}}\n"),
       {"t.yaml:3:24: backends.a.split.default: \"a\" names itself, a cycle" + again}},
      {with("  a: {split: {default: b}}\n  b: {split: {default: a}}\n"),
       {"t.yaml:4:24: backends.b.split.default: \"a\" names itself, a cycle: a -> b -> a" + again}},
      {with(
           "  a: {split: {default: b}}\n  b: {split: {get: m, default: c}}\n  c: {tiered: {l1: m, l2: b}}\n" +
           memory),
       {"t.yaml:5:27: backends.c.tiered.l2: \"b\" names itself, a cycle: b -> c -> b" + again}},
      {with(chain(17)),
       {"t.yaml:18:26: backends.b15.split.default: the 17th backend in a row that asks the next; 16 may "
        "stand "
        "behind one "
        "another"}},
      {with("  a: {tiered: {l1: s, l2: r}}\n  s: {split: {get: m, default: n}}\n  n: {memory: {}}\n  r: "
            "{redis: {server: a:1}}\n" +
            memory),
       {"t.yaml:3:20: backends.a.tiered.l1: \"s\" sends requests for one key to several backends, and a tier "
        "is one; "
        "name one of them"}},
      {with("  a: {tiered: {l1: s, l2: r}}\n  s: {split: {default: r}}\n  r: {redis: {server: a:1}}\n"),
       {"t.yaml:3:20: backends.a.tiered.l1: \"s\" cannot be L1; name a memcached or memory backend"}},
      {with("  a: {tiered: {l1: m, l2: s}}\n  s: {split: {default: b}}\n  b: {tiered: {l1: m, l2: r}}\n  r: "
            "{redis: "
            "{server: a:1}}\n" +
            memory),
       {"t.yaml:3:27: backends.a.tiered.l2: \"s\" cannot be L2, for it does not tell an item's remaining "
        "time; name a "
        "redis backend"}},
  });
}

TEST_CASE("as many backends may stand behind one another as the limit says") {
  CHECK(good(with(chain(16))).warnings.empty());
}

TEST_CASE("chains and webs of thousands of backends are checked quickly, and no deeper than they may be") {
  auto const split = [](int from, int to) {
    return fmt::format("  b{}: {{split: {{default: b{}}}}}\n", from, to);
  };
  std::string row = "  a: {split: {default: b0}}\n";
  for (int each = 0; each < 30'000; ++each) row += split(each, each + 1);
  SECTION("a chain") { CHECK(errors_of(with(row + "  b30000: {memory: {}}\n")).size() == 1); }
  SECTION("a circle") { CHECK(errors_of(with(row + split(30'000, 0))).size() == 1); }
  SECTION("a web, in which there are very many ways to the end") {
    std::string web = "  a: {split: {default: l0_0}}\n";
    std::string const verbs[] = {"get", "gat", "touch", "set", "default"};
    for (int layer = 0; layer < 13; ++layer) {
      for (int each = 0; each < 5; ++each) {
        web += fmt::format("  l{}_{}: {{split: {{", layer, each);
        for (int to = 0; to < 5; ++to)
          web += fmt::format("{}{}: {}", to == 0 ? "" : ", ", verbs[to],
                             layer == 12 ? "m" : fmt::format("l{}_{}", layer + 1, to));
        web += "}}\n";
      }
    }
    configuration const read = good(with(web + memory));
    composition const all(read.backends);
    CHECK_FALSE(all.holds_copies("a"));
    CHECK(all.behind("a").size() == 63);
  }
}

TEST_CASE("thousands of backends that name one another are checked quickly") {
  std::string all = "  a: {split: {default: b0}}\n";
  for (int each = 0; each < 9000; ++each) all += fmt::format("  b{}: {{split: {{default: m}}}}\n", each);
  CHECK_FALSE(good(with(all + memory)).backends.empty());
}

TEST_CASE("what is behind a backend is found through others, and what holds copies of tiers as well") {
  configuration const read =
      good(with("  a: {split: {get: both, default: pool}}\n"
                "  both: {tiered: {l1: wrapped, l2: far}}\n"
                "  wrapped: {split: {default: pool}}\n"
                "  other: {split: {default: m}}\n"
                "  pool: {memcached: {servers: [a:1]}}\n"
                "  far: {redis: {server: a:2}}\n" +
                memory));
  composition const all(read.backends);
  std::vector<std::string> names;
  for (backend_options const* const each : all.behind("a")) names.push_back(each->name);
  std::ranges::sort(names);
  CHECK(names == std::vector<std::string>{"a", "both", "far", "pool", "wrapped"});
  struct row {
    std::string name;
    bool holds;
  };
  for (row const& each : {row{"pool", true},
                          {"wrapped", true},
                          {"a", true},
                          {"both", false},
                          {"far", false},
                          {"other", false},
                          {"m", false},
                          {"nobody", false}}) {
    INFO(each.name);
    CHECK(all.holds_copies(each.name) == each.holds);
  }
  CHECK(all.holds_copies_of("pool", "far"));
  CHECK(all.holds_copies_of("wrapped", "far"));
  for (auto const& [name, far] : {std::pair("m", "far"), {"far", "far"}, {"pool", "m"}, {"pool", "pool"}})
    CHECK_FALSE(all.holds_copies_of(name, far));
}

}  // namespace tandem::config
