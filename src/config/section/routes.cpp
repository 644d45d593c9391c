#include "config/section/patterns.hpp"
#include "config/section/sections.hpp"
#include "config/section_reader.hpp"
#include "config/suggestion.hpp"

#include <algorithm>
#include <array>

namespace tandem::config {

namespace {

using namespace std::chrono_literals;
using routing::match_kind;
using routing::rule_options;

constexpr std::string_view rule_expected = "{prefix: \"user:\", to: NAME}, or {to: NAME} for every other key";
constexpr std::chrono::seconds ttl_max = std::chrono::days(3650);

constexpr std::array kinds{
    choice<match_kind>{"prefix", match_kind::prefix},
    choice<match_kind>{"glob", match_kind::glob},
    choice<match_kind>{"regex", match_kind::regex},
};

struct placed_rule {
  rule_options rule;
  position at;
};

void check_pattern(node const& value, rule_options const& rule) {
  if (rule.pattern.empty()) return value.error("is empty; write a pattern, or remove it to match every key");
  std::string fault;
  if (rule.kind == match_kind::glob) fault = glob_fault(rule.pattern);
  if (rule.kind == match_kind::regex) fault = regex_fault(rule.pattern);
  if (!fault.empty()) value.error(fmt::format("\"{}\" is not well formed: {}", rule.pattern, fault));
}

void read_pattern(section_reader const& keys, rule_options& rule) {
  bool matched = false;
  for (choice<match_kind> const& each : kinds) {
    node const* const value = keys.find(each.name);
    if (!value) continue;
    if (std::exchange(matched, true)) value->error("a rule has one pattern; keep one of prefix, glob, regex");
    rule.kind = each.value;
    if (keys.read_text(each.name, rule.pattern)) check_pattern(*value, rule);
  }
}

void read_target(section_reader const& keys, std::vector<backend_options> const& backends,
                 rule_options& rule) {
  keys.require("to", "name the backend");
  if (!keys.read_text("to", rule.to) || backends.empty()) return;
  std::vector<std::string_view> names;
  names.reserve(backends.size());
  for (backend_options const& each : backends) names.push_back(each.name);
  if (std::ranges::find(names, rule.to) != names.end()) return;
  keys.find("to")->error(fmt::format("no backend is named \"{}\"{}", rule.to, advice_for(rule.to, names)));
}

rule_options read_rule(node const& item, std::vector<backend_options> const& backends) {
  rule_options rule;
  if (!item.is_map()) {
    item.error(fmt::format("not a mapping; write {}", rule_expected));
    return rule;
  }
  section_reader const keys(
      item, {"prefix", "glob", "regex", "to", "strip_prefix", "add_prefix", "max_ttl", "default_ttl"});
  read_pattern(keys, rule);
  read_target(keys, backends, rule);
  keys.read_text("strip_prefix", rule.strip_prefix);
  keys.read_text("add_prefix", rule.add_prefix);
  keys.read_duration<std::chrono::seconds>("max_ttl", rule.max_ttl, {0s, ttl_max});
  keys.read_duration<std::chrono::seconds>("default_ttl", rule.default_ttl, {0s, ttl_max});
  if (rule.max_ttl != 0s && rule.default_ttl > rule.max_ttl) {
    keys.find("default_ttl")
        ->error(fmt::format("{} is more than max_ttl ({}); lower it, or remove it",
                            format_duration(rule.default_ttl), format_duration(rule.max_ttl)));
  }
  return rule;
}

/// Whether `earlier` takes every key that `later` could match. Patterns other than prefixes are compared as
/// texts only.
bool covers(rule_options const& earlier, rule_options const& later) {
  bool const prefixes = earlier.kind == match_kind::prefix && later.kind == match_kind::prefix;
  if (prefixes) return later.pattern.starts_with(earlier.pattern);
  return earlier.kind == later.kind && earlier.pattern == later.pattern;
}

void check_reachable(node const& item, rule_options const& rule, std::vector<placed_rule> const& before) {
  for (placed_rule const& each : before) {
    if (each.rule.kind == match_kind::everything) {
      return item.error(fmt::format(
          "the rule in line {} matches every key, so this one is never reached; move it up", each.at.line));
    }
    if (!covers(each.rule, rule)) continue;
    item.shared().found.warning(
        item.at(),
        fmt::format("routes[{}]: the rule in line {} takes all of its keys; move this one up, or remove it",
                    before.size(), each.at.line));
    return;
  }
}

}  // namespace

std::vector<rule_options> read_routes(node const& section, std::vector<backend_options> const& backends) {
  std::vector<placed_rule> placed;
  for (node const& item : section.items(fmt::format("a sequence of {}", rule_expected))) {
    rule_options rule = read_rule(item, backends);
    check_reachable(item, rule, placed);
    placed.push_back({std::move(rule), item.at()});
  }
  std::vector<rule_options> rules;
  rules.reserve(placed.size());
  for (placed_rule& each : placed) rules.push_back(std::move(each.rule));
  return rules;
}

}  // namespace tandem::config
