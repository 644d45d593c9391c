#include "unit/config/loading.hpp"

namespace tandem::config {
namespace {

/// The rules are written from line 3 on.
std::string with_rule(std::string const& body) {
  return "backends: {r: {redis: {server: \"h:1\"}}, m: {memory: {}}, t: {tiered: {l1: m, l2: r}}}\nroutes:\n "
         " - {" +
         body + "}\n  - {prefix: z, to: t}\n";
}

model::structure_options structure_of(std::string const& rule) { return *good(with_rule(rule)).routes[0].as; }

}  // namespace

TEST_CASE("a rule says what lies under its keys") {
  using model::leaderboard_options;
  auto const plain = structure_of("prefix: b, to: r, as: leaderboard");
  CHECK(std::get<leaderboard_options>(plain.kind).kept == leaderboard_options::keep::last);
  CHECK(plain.separator == '#');
  CHECK(plain.answer_max == 1024 * 1024);
  auto const whole =
      structure_of("prefix: b, to: r, as: {leaderboard: {keep: lowest}}, separator: '|', answer_max: 64KiB");
  CHECK(std::get<leaderboard_options>(whole.kind).kept == leaderboard_options::keep::lowest);
  CHECK(whole.separator == '|');
  CHECK(whole.answer_max == 64 * 1024);
}

TEST_CASE("mistakes in structures are reported") {
  std::string const names = "the name of a structure, or {NAME: {...}} with its settings";
  check_each({
      {with_rule("prefix: b, to: r, as: leaderbord"),
       {"t.yaml:3:28: routes[0].as: no structure is named \"leaderbord\", did you mean \"leaderboard\"?"}},
      {with_rule("prefix: b, to: r, as: {}"),
       {"t.yaml:3:28: routes[0].as: not one structure; write " + names}},
      {with_rule("prefix: b, to: r, as: [leaderboard]"),
       {"t.yaml:3:28: routes[0].as: is a sequence; write " + names +
        ", in quotes if it begins with a bracket"}},
      {with_rule("prefix: b, to: r, as: {leaderboard: {keep: best}}"),
       {"t.yaml:3:49: routes[0].as.leaderboard.keep: unknown value \"best\"; write one of last, highest, "
        "lowest"}},
      {with_rule("prefix: b, to: r, as: {leaderboard: {kep: last}}"),
       {"t.yaml:3:43: routes[0].as.leaderboard: unknown key \"kep\", did you mean \"keep\"?"}},
      {with_rule("prefix: b, to: m, as: leaderboard"),
       {"t.yaml:3:21: routes[0].to: \"m\" holds items alone; a rule with `as` names a redis backend itself, "
        "which no "
        "other stands for"}},
      {with_rule("prefix: b, to: t, as: leaderboard"),
       {"t.yaml:3:21: routes[0].to: \"t\" holds items alone; a rule with `as` names a redis backend itself, "
        "which no "
        "other stands for"}},
      {with_rule("prefix: b, to: r, separator: '|'"),
       {"t.yaml:3:35: routes[0].separator: is of structures, and this rule's keys are items; write `as`, or "
        "remove "
        "it"}},
      {with_rule("prefix: b, to: r, as: leaderboard, separator: '##'"),
       {"t.yaml:3:52: routes[0].separator: \"##\" is not one printable character other than @ and /; write "
        "\"#\""}},
      {with_rule("prefix: b, to: r, as: leaderboard, separator: '@'"),
       {"t.yaml:3:52: routes[0].separator: \"@\" is not one printable character other than @ and /; write "
        "\"#\""}},
      {with_rule("prefix: b, to: r, as: leaderboard, add_prefix: 'a#'"),
       {"t.yaml:3:53: routes[0].add_prefix: has the separator # in it, behind which a part begins; choose "
        "another "
        "separator, or prefix"}},
      {with_rule("prefix: b, to: r, as: leaderboard, max_ttl: 1h"),
       {"t.yaml:3:50: routes[0].max_ttl: is of items; a structure gets its time to live by `touch NAME`"}},
  });
}

}  // namespace tandem::config
