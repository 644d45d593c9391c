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

TEST_CASE("a rule says how much may be counted, and in which time") {
  using model::rate_limit_options;
  auto const plain = std::get<rate_limit_options>(
      structure_of("to: r, prefix: b, as: {rate_limit: {limit: 100, per: 1m}}").kind);
  CHECK(plain ==
        rate_limit_options{rate_limit_options::algorithm::sliding, 100, std::chrono::minutes(1), 100});
  auto const bucket = std::get<rate_limit_options>(
      structure_of("to: r, prefix: b, as: {rate_limit: {limit: 9, per: 100ms, algorithm: bucket, burst: 3}}")
          .kind);
  CHECK(bucket ==
        rate_limit_options{rate_limit_options::algorithm::bucket, 9, std::chrono::milliseconds(100), 3});
}

TEST_CASE("a rule says that bits lie under its keys") {
  CHECK(std::holds_alternative<model::bitmap_options>(structure_of("to: r, prefix: b, as: bitmap").kind));
  CHECK(
      std::holds_alternative<model::bitmap_options>(structure_of("to: r, prefix: b, as: {bitmap: {}}").kind));
}

TEST_CASE("mistakes in rate limits and bitmaps are reported") {
  auto const limited = [](std::string const& settings) {
    return with_rule("prefix: b, to: r, as: {rate_limit: {" + settings + "}}");
  };
  std::string const at = "routes[0].as.rate_limit";
  check_each({
      {with_rule("prefix: b, to: r, as: rate_limit"),
       {"t.yaml:3:28: routes[0].as: rate_limit has settings without defaults; write {rate_limit: {limit: "
        "100, per: 1m}}"}},
      {limited("per: 1m"),
       {"t.yaml:3:41: " + at + ": \"limit\" is missing; write how much may be counted, as in 100"}},
      {limited("limit: 1"), {"t.yaml:3:41: " + at + ": \"per\" is missing; write in which time, as in 1m"}},
      {limited("limit: 0, per: 1m"),
       {"t.yaml:3:49: " + at + ".limit: 0 is out of range; write 1 to 1000000000"}},
      {limited("limit: 1000000001, per: 1m"),
       {"t.yaml:3:49: " + at + ".limit: 1000000001 is out of range; write 1 to 1000000000"}},
      {limited("limit: 1, per: 0s"),
       {"t.yaml:3:57: " + at + ".per: 0s is out of range; write 100ms to 366d"}},
      {limited("limit: 1, per: 10ms"),
       {"t.yaml:3:57: " + at + ".per: 10ms is out of range; write 100ms to 366d"}},
      {limited("limit: 1, per: 367d"),
       {"t.yaml:3:57: " + at + ".per: 367d is out of range; write 100ms to 366d"}},
      {limited("limit: 1, per: 1m, algorithm: gcra"),
       {"t.yaml:3:72: " + at + ".algorithm: unknown value \"gcra\"; write one of fixed, sliding, bucket"}},
      {limited("limit: 9, per: 1m, burst: 3"),
       {"t.yaml:3:68: " + at + ".burst: is of a bucket; write algorithm: bucket, or remove it"}},
      {limited("limit: 9, per: 1m, algorithm: bucket, burst: 0"),
       {"t.yaml:3:87: " + at + ".burst: 0 is out of range; write 1 to 1000000000"}},
      {limited("limit: 9, per: 1m, algorithm: bucket, burst: 10"),
       {"t.yaml:3:87: " + at +
        ".burst: 10 is more than the limit (9); a limit of 10 in a time that is as much longer is as fast"}},
      {limited("limit: 9, per: 1m, brust: 10"),
       {"t.yaml:3:61: " + at + ": unknown key \"brust\", did you mean \"burst\"?"}},
      {with_rule("prefix: b, to: r, as: {bitmap: {size: 3}}"),
       {"t.yaml:3:38: routes[0].as.bitmap: there are no settings here; remove it"}},
  });
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
      {with_rule("prefix: 'b:', to: r, as: leaderboard, separator: ':'"),
       {"t.yaml:3:14: routes[0].prefix: has the separator : in it, behind which a part begins; choose "
        "another "
        "separator, or prefix"}},
      {with_rule("prefix: b, to: r, as: leaderboard, max_ttl: 1h"),
       {"t.yaml:3:50: routes[0].max_ttl: is of items; a structure gets its time to live by `touch NAME`"}},
  });
}

}  // namespace tandem::config
