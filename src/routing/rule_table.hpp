// Which rule a key matches: the first in the order of the configuration. Prefixes cost as many steps as the
// key has bytes in common with them, however many there are; a glob is tried only where what it begins with
// matches, and a regex only when no earlier rule matched. Each worker makes its own table; it is immutable.
#pragma once

#include "base/glob.hpp"
#include "base/result.hpp"
#include "routing/options.hpp"
#include "routing/prefix_tree.hpp"

#include <re2/re2.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::routing {

/// A rule that cannot be compiled.
struct rule_error {
  std::size_t rule;  // its index
  std::string message;
};

/// What one look-up did.
struct match_cost {
  std::size_t nodes = 0;    // of the prefix tree
  std::size_t globs = 0;    // tried
  std::size_t regexes = 0;  // tried
};

/// A rule's condition as in the configuration: `prefix "session:"`, or `default`.
std::string rule_text(rule_options const& rule);

class rule_table {
 public:
  /// Everything that is wrong with any rule, in their order, or the table.
  static base::result<rule_table, std::vector<rule_error>> make(std::span<rule_options const> rules);

  /// The index of the first rule that matches.
  std::optional<std::size_t> match(std::string_view key) const {
    match_cost cost;
    return match(key, cost);
  }

  /// The same; adds what it did to `cost`.
  std::optional<std::size_t> match(std::string_view key, match_cost& cost) const;

 private:
  struct indexed_regex {
    std::size_t rule;
    std::unique_ptr<re2::RE2> regex;
  };

  rule_table() = default;

  /// Adds one rule, or says why it cannot.
  std::optional<rule_error> add(std::size_t rule, rule_options const& options);
  std::optional<rule_error> add_glob(std::size_t rule, std::string_view pattern);
  std::optional<rule_error> add_regex(std::size_t rule, std::string_view pattern);

  std::size_t first_prefix(std::string_view key, bool& globs_on_path, match_cost& cost) const;
  std::size_t first_glob(std::string_view key, std::size_t best, match_cost& cost) const;
  std::size_t first_regex(std::string_view key, std::size_t best, match_cost& cost) const;

  prefix_tree tree_;
  std::vector<std::optional<base::glob>> globs_;  // by rule
  std::vector<indexed_regex> regexes_;            // ascending by rule
};

}  // namespace tandem::routing
