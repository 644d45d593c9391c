// A glob over the bytes of a whole key: `*` any run, `?` any one byte, `[a-z]` one of a set, `[!a-z]` or
// `[^a-z]` one not in it, and a backslash before a character that stands for itself. There are no path
// separators: `*` matches every byte. Matching takes no recursion and no memory; only the last `*` is ever
// tried again. This is the only reader of globs: the configuration is checked by it, and keys are matched.
#pragma once

#include "base/result.hpp"

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::base {

class glob {
 public:
  /// A configuration error where a set is not closed, a range runs backwards, or the last character is a
  /// backslash that stands before nothing; it says what to write instead.
  static result<glob> compile(std::string_view pattern);

  /// What every matching key begins with, of a malformed pattern as well.
  static std::string beginning(std::string_view pattern);

  bool matches(std::string_view key) const;

  /// The beginning of the pattern.
  std::string const& literal_prefix() const { return literal_prefix_; }

 private:
  friend class glob_compiler;
  using byte_set = std::bitset<256>;

  struct element {
    enum class kind : unsigned char { run, one };
    element::kind kind;
    byte_set accepted;  // of one
  };

  glob() = default;

  std::vector<element> elements_;
  std::string literal_prefix_;
};

}  // namespace tandem::base
