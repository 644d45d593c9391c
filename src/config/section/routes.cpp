#include "base/glob.hpp"
#include "config/section/patterns.hpp"
#include "config/section/sections.hpp"
#include "config/section/structures.hpp"
#include "config/section_reader.hpp"
#include "config/suggestion.hpp"
#include "model/limits.hpp"

#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <unordered_set>
#include <utility>

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

struct backend_names {
  std::vector<backend_options> const& all;
  std::vector<std::string_view> const& in_order;
  std::unordered_set<std::string_view> const& known;
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

void read_target(section_reader const& keys, backend_names const& backends, rule_options& rule) {
  keys.require("to", "name the backend");
  if (!keys.read_text("to", rule.to) || backends.known.empty() || backends.known.contains(rule.to)) return;
  keys.find("to")->error(
      fmt::format("no backend is named \"{}\"{}", rule.to, advice_for(rule.to, backends.in_order)));
}

rule_options read_rule(node const& item, backend_names const& backends) {
  rule_options rule;
  if (!item.is_map()) {
    item.error(fmt::format("not a mapping; write {}", rule_expected));
    return rule;
  }
  section_reader const keys(item, {"prefix", "glob", "regex", "to", "strip_prefix", "add_prefix", "max_ttl",
                                   "default_ttl", "deadline", "as", "separator", "answer_max"});
  read_pattern(keys, rule);
  read_target(keys, backends, rule);
  keys.read_text("strip_prefix", rule.strip_prefix);
  keys.read_text("add_prefix", rule.add_prefix);
  keys.read_duration<std::chrono::seconds>("max_ttl", rule.max_ttl, {0s, ttl_max});
  keys.read_duration<std::chrono::seconds>("default_ttl", rule.default_ttl, {0s, ttl_max});
  keys.read_duration("deadline", rule.deadline, {1ms, 1h});
  read_structure(keys, backends.all, rule);
  if (rule.max_ttl != 0s && rule.default_ttl > rule.max_ttl) {
    keys.find("default_ttl")
        ->error(fmt::format("{} is more than max_ttl ({}); lower it, or remove it",
                            format_duration(rule.default_ttl), format_duration(rule.max_ttl)));
  }
  return rule;
}

/// The rules above one in the file, found by what they take.
class rules_above {
 public:
  /// The line of a rule that takes every key which the rule could match, if one is seen to. Of patterns other than prefixes
  /// only that is known with which all their keys begin.
  std::optional<std::size_t> line_covering(rule_options const& rule) const {
    std::string const beginning = beginning_of(rule);
    auto const after = prefixes_.upper_bound(beginning);
    if (after != prefixes_.begin()) {
      auto const& [prefix, line] = *std::prev(after);
      if (beginning.starts_with(prefix)) return line;
    }
    auto const same = patterns_.find({rule.kind, rule.pattern});
    return same == patterns_.end() ? std::nullopt : std::optional(same->second);
  }
  std::optional<std::size_t> line_of_everything() const { return everything_; }

  void add(rule_options const& rule, std::size_t line) {
    if (rule.kind == match_kind::everything && !everything_) everything_ = line;
    if (rule.pattern.empty()) return;
    bool const covered_itself = line_covering(rule).has_value();
    patterns_.try_emplace({rule.kind, rule.pattern}, line);
    if (rule.kind != match_kind::prefix || covered_itself) return;
    // Of prefixes the shortest only, so that the nearest in order is the only one that can cover.
    auto covered = prefixes_.lower_bound(rule.pattern);
    while (covered != prefixes_.end() && covered->first.starts_with(rule.pattern))
      covered = prefixes_.erase(covered);
    prefixes_.emplace(rule.pattern, line);
  }

 private:
  static std::string beginning_of(rule_options const& rule) {
    switch (rule.kind) {
      case match_kind::prefix: return rule.pattern;
      case match_kind::glob: return base::glob::beginning(rule.pattern);
      case match_kind::regex: return regex_beginning(rule.pattern, model::key_size_max);
      case match_kind::everything: return {};
    }
    return {};
  }

  std::optional<std::size_t> everything_;
  std::map<std::string, std::size_t> prefixes_;
  std::map<std::pair<match_kind, std::string>, std::size_t> patterns_;
};

void check_reachable(node const& item, std::size_t number, rule_options const& rule,
                     rules_above const& above) {
  if (auto const line = above.line_of_everything()) {
    return item.error(fmt::format(
        "the rule in line {} matches every key, so this one is never reached; move it up", *line));
  }
  auto const line = above.line_covering(rule);
  if (!line) return;
  item.shared().found.warning(
      item.at(),
      fmt::format("routes[{}]: the rule in line {} takes all of its keys; move this one up, or remove it",
                  number, *line));
}

}  // namespace

std::vector<rule_options> read_routes(node const& section, std::vector<backend_options> const& backends) {
  std::vector<std::string_view> names;
  names.reserve(backends.size());
  for (backend_options const& each : backends) names.push_back(each.name);
  std::unordered_set<std::string_view> const known(names.begin(), names.end());
  std::vector<rule_options> rules;
  rules_above above;
  for (node const& item : section.items(fmt::format("a sequence of {}", rule_expected))) {
    rule_options rule = read_rule(item, {backends, names, known});
    check_reachable(item, rules.size(), rule, above);
    above.add(rule, item.at().line);
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace tandem::config
