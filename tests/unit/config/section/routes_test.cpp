#include "unit/config/loading.hpp"

namespace tandem::config {

using namespace std::chrono_literals;

namespace {

/// The rules are written from line 3 on.
std::string with_routes(std::string const& body) {
  return "backends: {pages: {memory: {}}, carts: {memory: {}}}\nroutes:\n" + body;
}

}  // namespace

TEST_CASE("rules keep the file's order and all that they say") {
  std::vector<routing::rule_options> const rules = good(with_routes(R"(
  - {prefix: "page:", to: pages, max_ttl: 1h, default_ttl: 1m, deadline: 300ms}
  - {glob: "cart:*:items", to: carts, strip_prefix: "cart:", add_prefix: "c:"}
  - {regex: "^user:[0-9]+$", to: carts}
  - {to: pages}
)"))
                                                       .routes;
  REQUIRE(rules.size() == 4);
  CHECK(rules[0].kind == routing::match_kind::prefix);
  CHECK(rules[0].pattern == "page:");
  CHECK(rules[0].to == "pages");
  CHECK(rules[0].max_ttl == 1h);
  CHECK(rules[0].default_ttl == 1min);
  CHECK(rules[0].deadline == 300ms);
  CHECK(rules[1].kind == routing::match_kind::glob);
  CHECK(rules[1].pattern == "cart:*:items");
  CHECK(rules[1].strip_prefix == "cart:");
  CHECK(rules[1].add_prefix == "c:");
  CHECK(rules[2].kind == routing::match_kind::regex);
  CHECK(rules[2].pattern == "^user:[0-9]+$");
  CHECK(rules[3].kind == routing::match_kind::everything);
  CHECK(rules[3].pattern.empty());
  CHECK(rules[3].max_ttl == 0s);
  CHECK(rules[3].deadline == 0ms);
}

TEST_CASE("a table without a default is allowed") {
  CHECK(errors_of(with_routes("  - {prefix: a, to: pages}\n  - {prefix: b, to: carts}\n")).empty());
}

TEST_CASE("mistakes in rules are reported") {
  std::string const rule = "{prefix: \"user:\", to: NAME}, or {to: NAME} for every other key";
  check_each({
      {with_routes("  []\n"), {"t.yaml:3:3: routes: is empty; write a sequence of " + rule}},
      {with_routes("  {to: pages}\n"), {"t.yaml:3:3: routes: is a mapping; write a sequence of " + rule}},
      {with_routes("  - pages\n"), {"t.yaml:3:5: routes[0]: not a mapping; write " + rule}},
      {with_routes("  - {prefix: a}\n"), {"t.yaml:3:5: routes[0]: \"to\" is missing; name the backend"}},
      {with_routes("  - {prefix: a, glob: b, to: pages}\n"),
       {"t.yaml:3:23: routes[0].glob: a rule has one pattern; keep one of prefix, glob, regex"}},
      {with_routes("  - {prefix: '', to: pages}\n"),
       {"t.yaml:3:14: routes[0].prefix: is empty; write a pattern, or remove it to match every key"}},
      {with_routes("  - {regex: 'a[', to: pages}\n"),
       {"t.yaml:3:13: routes[0].regex: \"a[\" is not well formed: missing ]: [; write RE2 syntax"}},
      {with_routes("  - {regex: 'a(?=b)', to: pages}\n"),
       {"t.yaml:3:13: routes[0].regex: \"a(?=b)\" is not well formed: invalid perl operator: (?=; "
        "write RE2 "
        "syntax"}},
      {with_routes("  - {glob: 'a[b', to: pages}\n"),
       {"t.yaml:3:12: routes[0].glob: \"a[b\" is not well formed: a set that begins with [ is not closed; "
        "close it with ], or write \\["}},
      {with_routes("  - {to: page}\n"),
       {"t.yaml:3:10: routes[0].to: no backend is named \"page\", did you mean \"pages\"?"}},
      {with_routes("  - {to: elsewhere}\n"),
       {"t.yaml:3:10: routes[0].to: no backend is named \"elsewhere\"; write one of pages, carts"}},
      {with_routes("  - {prefx: a, to: pages}\n"),
       {"t.yaml:3:6: routes[0]: unknown key \"prefx\", did you mean \"prefix\"?"}},
      {with_routes("  - {to: pages, deadline: 0ms}\n"),
       {"t.yaml:3:27: routes[0].deadline: 0s is out of range; write 1ms to 1h"}},
      {with_routes("  - {to: pages, deadline: 2h}\n"),
       {"t.yaml:3:27: routes[0].deadline: 2h is out of range; write 1ms to 1h"}},
      {with_routes("  - {to: pages, max_ttl: 1500ms}\n"),
       {"t.yaml:3:26: routes[0].max_ttl: 1500ms is too fine; write a multiple of 1s"}},
      {with_routes("  - {to: pages, max_ttl: 4000d}\n"),
       {"t.yaml:3:26: routes[0].max_ttl: 4000d is out of range; write 0s to 3650d"}},
      {with_routes("  - {to: pages, max_ttl: 1m, default_ttl: 1h}\n"),
       {"t.yaml:3:43: routes[0].default_ttl: 1h is more than max_ttl (1m); lower it, or remove it"}},
  });
}

TEST_CASE("a rule after the default is never reached") {
  check_each(
      {{with_routes(
            "  - {prefix: a, to: carts}\n  - {to: pages}\n  - {prefix: b, to: carts}\n  - {to: carts}\n"),
        {"t.yaml:5:5: routes[2]: the rule in line 4 matches every key, so this one is never reached; move it "
         "up",
         "t.yaml:6:5: routes[3]: the rule in line 4 matches every key, so this one is never reached; move it "
         "up"}}});
}

TEST_CASE("a rule whose keys an earlier one takes is a warning") {
  configuration const read = good(with_routes(R"(  - {prefix: "page:", to: pages}
  - {prefix: "page:new:", to: carts}
  - {prefix: "pag", to: carts}
  - {glob: "a*", to: pages}
  - {glob: "a*", to: carts}
)"));
  CHECK(
      as_text(read.warnings) ==
      std::vector<std::string>{
          "t.yaml:4:5: routes[1]: the rule in line 3 takes all of its keys; move this one up, or remove it",
          "t.yaml:7:5: routes[4]: the rule in line 6 takes all of its keys; move this one up, or remove it"});
}

TEST_CASE("a rule whose keys all begin as an earlier prefix says is a warning, whatever its kind") {
  struct row {
    std::string earlier;
    std::string later;
    bool warned;
  };
  row const rows[] = {
      {"prefix: 'user:'", "glob: 'user:*:private'", true},
      {"prefix: 'user:'", "regex: '^user:.*:private$'", true},
      {"prefix: 'user:'", "regex: '^user:'", true},
      {"prefix: 'user:'", "regex: '^(user:a|user:b)'", true},
      {"prefix: 'user*'", "glob: 'user\\*:*'", true},
      {"prefix: 'user:'", "regex: 'user:.*:private'", false},
      {"prefix: 'user:'", "regex: '(?i)^user:'", false},
      {"prefix: 'user:'", "regex: '^user:|^a'", false},
      {"prefix: 'user:'", "regex: '^user:?'", false},
      {"prefix: 'user:'", "glob: 'user*:private'", false},
      {"prefix: 'user:a'", "prefix: 'user:'", false},
      {"glob: 'user:*'", "prefix: 'user:'", false},
  };
  for (row const& each : rows) {
    CAPTURE(each.earlier, each.later);
    configuration const read =
        good(with_routes("  - {" + each.earlier + ", to: pages}\n  - {" + each.later + ", to: carts}\n"));
    std::vector<std::string> const warning{
        "t.yaml:4:5: routes[1]: the rule in line 3 takes all of its keys; move this one up, or remove it"};
    CHECK(as_text(read.warnings) == (each.warned ? warning : std::vector<std::string>()));
  }
}

TEST_CASE("of several prefixes any may be the one that takes a rule's keys") {
  std::string rules;
  for (std::string const prefix : {"b", "abc", "ab:d", "ab:b", "a", "zz"})
    rules += "  - {prefix: '" + prefix + "', to: pages}\n";
  rules += "  - {prefix: 'ab:c', to: carts}\n  - {prefix: 'y', to: carts}\n";
  CHECK(
      as_text(good(with_routes(rules)).warnings) ==
      std::vector<std::string>{
          "t.yaml:9:5: routes[6]: the rule in line 7 takes all of its keys; move this one up, or remove it"});
}

TEST_CASE("rules are not faulted for backends that could not be read") {
  check_each(
      {{"backends: {pages: {memory: {size: x}}}\nroutes: [{to: pages}]\n",
        {"t.yaml:1:35: backends.pages.memory.size: \"x\" is not a size; write bytes, or a whole number with "
         "KiB, MiB or GiB"}},
       {"backends: []\nroutes: [{to: pages}]\n",
        {"t.yaml:1:11: backends: is a sequence; write NAME: {memory: {size: 64MiB}}, say"}}});
}

}  // namespace tandem::config
