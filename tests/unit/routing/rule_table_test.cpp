#include "routing/rule_table.hpp"

#include "support/catch.hpp"

#include <random>

using namespace tandem::routing;

namespace {

rule_options rule(match_kind kind, std::string pattern) {
  rule_options made;
  made.kind = kind;
  made.pattern = std::move(pattern);
  return made;
}
rule_options prefix(std::string pattern) { return rule(match_kind::prefix, std::move(pattern)); }
rule_options wildcard(std::string pattern) { return rule(match_kind::glob, std::move(pattern)); }
rule_options regex(std::string pattern) { return rule(match_kind::regex, std::move(pattern)); }
rule_options everything() { return rule(match_kind::everything, ""); }

rule_table table_of(std::vector<rule_options> const& rules) {
  auto made = rule_table::make(rules);
  if (!made) FAIL(made.error().front().message);
  return std::move(*made);
}

bool matches_alone(rule_options const& rule, std::string const& key) {
  switch (rule.kind) {
    case match_kind::prefix: return key.starts_with(rule.pattern);
    case match_kind::glob: return tandem::base::glob::compile(rule.pattern)->matches(key);
    case match_kind::regex: return re2::RE2::PartialMatch(key, rule.pattern);
    case match_kind::everything: return true;
  }
  return false;
}

std::optional<std::size_t> first_match(std::vector<rule_options> const& rules, std::string const& key) {
  for (std::size_t index = 0; index < rules.size(); ++index) {
    if (matches_alone(rules[index], key)) return index;
  }
  return std::nullopt;
}

std::string random_text(std::mt19937& random, std::string_view alphabet, std::size_t size_max) {
  std::string text(random() % (size_max + 1), ' ');
  for (char& each : text) each = alphabet[random() % alphabet.size()];
  return text;
}

rule_options random_rule(std::mt19937& random) {
  switch (random() % 8) {
    case 0:
    case 1:
    case 2:
    case 3: return prefix(random_text(random, "abc", 5));
    case 4:
    case 5: return wildcard(random_text(random, "abc*?", 6));
    case 6: return regex((random() % 2 != 0 ? "^" : "") + random_text(random, "abc.", 4));
    default: return random() % 4 == 0 ? everything() : wildcard(random_text(random, "abc", 2) + "[ab]*");
  }
}

match_cost cost_among(std::size_t prefixes, std::string const& key) {
  std::vector<rule_options> rules;
  for (std::size_t index = 0; index < prefixes; ++index) {
    std::string number = std::to_string(index);
    number.insert(0, 4 - number.size(), '0');
    rules.push_back(prefix("tenant:" + number + ":"));
  }
  rules.push_back(everything());
  match_cost cost;
  table_of(rules).match(key, cost);
  return cost;
}

}  // namespace

TEST_CASE("the first rule in the order of the file wins") {
  rule_table const table = table_of({prefix("user:1"), prefix("user:"), prefix("user:12"), wildcard("*:9"),
                                     regex("^item:[0-9]+$"), prefix("item:"), everything()});
  CHECK(table.match("user:1") == 0U);
  CHECK(table.match("user:12") == 0U);
  CHECK(table.match("user:2") == 1U);
  CHECK(table.match("page:9") == 3U);
  CHECK(table.match("user:9") == 1U);
  CHECK(table.match("item:7") == 4U);
  CHECK(table.match("item:x") == 5U);
  CHECK(table.match("other") == 6U);
}

TEST_CASE("a rule after the default is never reached") {
  rule_table const table = table_of({prefix("a"), everything(), prefix("b"), regex("b")});
  match_cost cost;
  CHECK(table.match("b", cost) == 1U);
  CHECK(cost.regexes == 0);
}

TEST_CASE("a key that no rule matches has none") {
  CHECK_FALSE(table_of({prefix("a"), wildcard("b*"), regex("^c$")}).match("d"));
  CHECK_FALSE(table_of({}).match("d"));
}

TEST_CASE("patterns see a key as bytes, from its first to its last") {
  struct row {
    rule_options rule;
    std::string key;
    bool matches;
  };
  std::string const zero("secret:\0:priv", 13);
  row const rows[] = {
      {regex("^secret:.*:priv$"), "secret:a:priv", true},
      {regex("^secret:.*:priv$"), "secret:a\nb:priv", true},
      {regex("^secret:.*:priv$"), "secret:\r\n\n:priv", true},
      {regex("^secret:.*:priv$"), "secret:\xff\xc3:priv", true},
      {regex("^secret:.*:priv$"), zero, true},
      {regex("^secret:.:priv$"), "secret:\n:priv", true},
      {regex("^secret:[^:]*:priv$"), "secret:\n:priv", true},
      // A line within a key is no key.
      {regex("^secret:.*:priv$"), "a\nsecret:a:priv", false},
      {regex("^secret:.*:priv$"), "secret:a:priv\nb", false},
      {regex("^secret:.*:priv$"), "secret:a:priv\n", false},
      {regex("^a$"), "a\n", false},
      {regex("^a$"), "\na", false},
      {wildcard("secret:*:priv"), "secret:a\nb:priv", true},
      {wildcard("secret:*:priv"), zero, true},
      {wildcard("secret:?:priv"), "secret:\n:priv", true},
      {wildcard("secret:[!a]:priv"), "secret:\n:priv", true},
      {wildcard("secret:*:priv"), "secret:a:priv\n", false},
      {wildcard("secret:*:priv"), "\nsecret:a:priv", false},
      {prefix("secret:"), "secret:\n", true},
      {prefix("secret:\n"), "secret:\n:priv", true},
      {prefix("secret:"), "\nsecret:", false},
  };
  for (row const& each : rows) {
    CAPTURE(rule_text(each.rule), each.key);
    CHECK(table_of({each.rule}).match(each.key).has_value() == each.matches);
  }
}

TEST_CASE("a regex matches anywhere unless it is anchored") {
  rule_table const table = table_of({regex("^b+$"), regex("a.c")});
  CHECK(table.match("xxabcxx") == 1U);
  CHECK(table.match("bbb") == 0U);
  CHECK_FALSE(table.match("bbbx"));
}

TEST_CASE("patterns match bytes, not characters") {
  rule_table const table = table_of({regex("^k.$"), prefix(std::string("\0x", 2)), wildcard("\xfe?")});
  CHECK(table.match("k\xff") == 0U);
  CHECK(table.match(std::string("\0xyz", 4)) == 1U);
  CHECK(table.match("\xfe\xfe") == 2U);
}

TEST_CASE("every faulty rule is named") {
  std::vector<rule_options> const rules{regex("(a"), prefix("x"), wildcard("[b"), regex("ok"), regex("a**")};
  auto const made = rule_table::make(rules);
  REQUIRE(made.has_error());
  auto const& errors = made.error();
  REQUIRE(errors.size() == 3);
  CHECK(errors[0].rule == 0);
  CHECK(errors[0].message.find("regex \"(a\": missing )") == 0);
  CHECK(errors[1].rule == 2);
  CHECK(errors[1].message.find("glob \"[b\": ") == 0);
  CHECK(errors[2].rule == 4);
}

TEST_CASE("any table agrees with trying its rules one by one") {
  std::mt19937 random(42);
  for (int round = 0; round < 400; ++round) {
    std::vector<rule_options> rules(random() % 14);
    for (rule_options& each : rules) each = random_rule(random);
    rule_table const table = table_of(rules);
    for (int attempt = 0; attempt < 50; ++attempt) {
      std::string const key = random_text(random, "abc", 8);
      INFO("key " << key);
      for (rule_options const& each : rules) UNSCOPED_INFO(rule_text(each));
      REQUIRE(table.match(key) == first_match(rules, key));
    }
  }
}

TEST_CASE("a thousand prefixes cost a key no more steps than ten") {
  for (std::string const key : {"tenant:0007:page", "tenant:0003:", "tenant:9999:page", "other"}) {
    INFO(key);
    match_cost const among_ten = cost_among(10, key);
    match_cost const among_thousand = cost_among(1000, key);
    CHECK(among_ten.nodes <= key.size() + 1);
    CHECK(among_thousand.nodes <= among_ten.nodes);
  }
  CHECK(cost_among(1000, "tenant:0999:page").nodes <= std::string("tenant:0999:").size() + 1);
}

TEST_CASE("only globs whose literal prefix fits the key are tried") {
  std::vector<rule_options> rules;
  for (int tenant = 0; tenant < 500; ++tenant) rules.push_back(wildcard(std::to_string(tenant) + ":*:x"));
  match_cost cost;
  CHECK(table_of(rules).match("77:abc:x", cost) == 77U);
  CHECK(cost.globs == 1);
}

TEST_CASE("globs and regexes after the best match so far are not tried") {
  rule_table const table = table_of({regex("^z"), prefix("a"), wildcard("a*"), regex("a"), everything()});
  match_cost cost;
  CHECK(table.match("abc", cost) == 1U);
  CHECK(cost.globs == 0);
  CHECK(cost.regexes == 1);
}

TEST_CASE("a rule's text is as in the configuration") {
  CHECK(rule_text(prefix("session:")) == "prefix \"session:\"");
  CHECK(rule_text(wildcard("cart:*")) == "glob \"cart:*\"");
  CHECK(rule_text(regex("^u$")) == "regex \"^u$\"");
  CHECK(rule_text(everything()) == "default");
}
