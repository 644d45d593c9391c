#include "routing/rule_table.hpp"

#include <algorithm>

namespace tandem::routing {

namespace {

re2::RE2::Options regex_options() {
  // Keys are bytes, not text in any encoding.
  re2::RE2::Options options(re2::RE2::Latin1);
  options.set_dot_nl(true);  // a line feed is a byte like any other
  options.set_log_errors(false);
  return options;
}

std::string quoted(std::string_view kind, std::string_view pattern) {
  std::string text(kind);
  text.append(" \"").append(pattern).append("\"");
  return text;
}

}  // namespace

std::string rule_text(rule_options const& rule) {
  switch (rule.kind) {
    case match_kind::prefix: return quoted("prefix", rule.pattern);
    case match_kind::glob: return quoted("glob", rule.pattern);
    case match_kind::regex: return quoted("regex", rule.pattern);
    case match_kind::everything: return "default";
  }
  return "default";
}

base::result<rule_table, std::vector<rule_error>> rule_table::make(std::span<rule_options const> rules) {
  rule_table table;
  table.globs_.resize(rules.size());
  std::vector<rule_error> errors;
  for (std::size_t rule = 0; rule < rules.size(); ++rule) {
    if (auto fault = table.add(rule, rules[rule])) errors.push_back(*std::move(fault));
  }
  if (!errors.empty()) return errors;
  return table;
}

std::optional<rule_error> rule_table::add(std::size_t rule, rule_options const& options) {
  switch (options.kind) {
    case match_kind::prefix: tree_.add_prefix(options.pattern, rule); return std::nullopt;
    case match_kind::everything: tree_.add_prefix("", rule); return std::nullopt;
    case match_kind::glob: return add_glob(rule, options.pattern);
    case match_kind::regex: return add_regex(rule, options.pattern);
  }
  return std::nullopt;
}

std::optional<rule_error> rule_table::add_glob(std::size_t rule, std::string_view pattern) {
  auto compiled = base::glob::compile(pattern);
  if (!compiled) return rule_error{rule, quoted("glob", pattern) + ": " + compiled.error().message};
  tree_.add_glob(compiled->literal_prefix(), rule);
  globs_[rule] = std::move(*compiled);
  return std::nullopt;
}

std::optional<rule_error> rule_table::add_regex(std::size_t rule, std::string_view pattern) {
  auto compiled =
      std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), regex_options());
  if (!compiled->ok()) return rule_error{rule, quoted("regex", pattern) + ": " + compiled->error()};
  regexes_.push_back({rule, std::move(compiled)});
  return std::nullopt;
}

std::optional<std::size_t> rule_table::match(std::string_view key, match_cost& cost) const {
  bool globs_on_path = false;
  std::size_t best = first_prefix(key, globs_on_path, cost);
  if (globs_on_path) best = first_glob(key, best, cost);
  best = first_regex(key, best, cost);
  if (best == prefix_tree::none) return std::nullopt;
  return best;
}

std::size_t rule_table::first_prefix(std::string_view key, bool& globs_on_path, match_cost& cost) const {
  std::size_t best = prefix_tree::none;
  tree_.walk(key, [&](prefix_tree::node const& node) {
    if (node.first_rule >= best) return false;
    ++cost.nodes;
    best = std::min(best, node.prefix_rule);
    globs_on_path |= !node.globs.empty();
    return true;
  });
  return best;
}

std::size_t rule_table::first_glob(std::string_view key, std::size_t best, match_cost& cost) const {
  tree_.walk(key, [&](prefix_tree::node const& node) {
    if (node.first_rule >= best) return false;
    ++cost.nodes;
    for (std::size_t const rule : node.globs) {
      if (rule >= best) break;
      ++cost.globs;
      if (globs_[rule]->matches(key)) best = rule;
    }
    return true;
  });
  return best;
}

std::size_t rule_table::first_regex(std::string_view key, std::size_t best, match_cost& cost) const {
  for (auto const& [rule, regex] : regexes_) {
    if (rule >= best) break;
    ++cost.regexes;
    if (re2::RE2::PartialMatch(re2::StringPiece(key.data(), key.size()), *regex)) return rule;
  }
  return best;
}

}  // namespace tandem::routing
