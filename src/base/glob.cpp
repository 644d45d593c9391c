#include "base/glob.hpp"

#include <optional>

namespace tandem::base {

namespace {

using byte_set = std::bitset<256>;

constexpr char const* open_set = "a set that begins with [ is not closed; close it with ], or write \\[";
constexpr char const* reversed_range = "a range in a set runs backwards; swap its ends";
constexpr char const* lone_backslash = "a backslash at the end stands before nothing; write \\\\ for one";

std::size_t index_of(char byte) { return static_cast<unsigned char>(byte); }

}  // namespace

/// Reads a pattern once, from left to right.
class glob_compiler {
 public:
  explicit glob_compiler(std::string_view pattern) : pattern_(pattern) {}

  result<glob> compile() {
    while (!at_end()) {
      if (!read_element()) return error{error_kind::configuration, fault_};
    }
    made_.literal_prefix_ = glob::beginning(pattern_);
    return std::move(made_);
  }

 private:
  bool at_end() const { return at_ == pattern_.size(); }

  bool read_element() {
    char const next = pattern_[at_++];
    switch (next) {
      case '*': return add_run();
      case '?': return add_one(byte_set().set());
      case '[': return read_set();
      case '\\':
        if (at_end()) return fail(lone_backslash);
        return add_literal(pattern_[at_++]);
      default: return add_literal(next);
    }
  }

  bool add_run() {
    bool const repeated = !made_.elements_.empty() && made_.elements_.back().kind == glob::element::kind::run;
    if (!repeated) made_.elements_.push_back({glob::element::kind::run, {}});
    return true;
  }

  bool add_one(byte_set accepted) {
    made_.elements_.push_back({glob::element::kind::one, accepted});
    return true;
  }

  bool add_literal(char byte) {
    made_.elements_.push_back({glob::element::kind::one, byte_set().set(index_of(byte))});
    return true;
  }

  bool read_set() {
    bool const inverted = !at_end() && (pattern_[at_] == '!' || pattern_[at_] == '^');
    if (inverted) ++at_;
    byte_set accepted;
    // A closing bracket that comes first is a member of the set, as in a shell.
    for (bool first = true; first || at_end() || pattern_[at_] != ']'; first = false) {
      auto const low = read_member();
      if (!low) return false;
      char high = *low;
      if (at_ + 1 < pattern_.size() && pattern_[at_] == '-' && pattern_[at_ + 1] != ']') {
        ++at_;
        auto const end = read_member();
        if (!end) return false;
        high = *end;
      }
      if (index_of(high) < index_of(*low)) return fail(reversed_range);
      for (std::size_t byte = index_of(*low); byte <= index_of(high); ++byte) accepted.set(byte);
    }
    ++at_;
    return add_one(inverted ? ~accepted : accepted);
  }

  std::optional<char> read_member() {
    if (!at_end() && pattern_[at_] == '\\') ++at_;
    if (at_end()) {
      fail(open_set);
      return std::nullopt;
    }
    return pattern_[at_++];
  }

  bool fail(char const* what) {
    fault_ = what;
    return false;
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  char const* fault_ = "";
  glob made_;
};

result<glob> glob::compile(std::string_view pattern) { return glob_compiler(pattern).compile(); }

std::string glob::beginning(std::string_view pattern) {
  std::string literal;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (std::string_view("*?[").find(pattern[at]) != std::string_view::npos) break;
    if (pattern[at] == '\\' && ++at == pattern.size()) break;
    literal += pattern[at];
  }
  return literal;
}

bool glob::matches(std::string_view key) const {
  std::size_t element = 0;
  std::size_t at = 0;
  std::size_t after_run = std::string_view::npos;  // the element after the last `*`
  std::size_t run_end = 0;                         // where that `*` ends in the key, so far
  while (at < key.size()) {
    if (element < elements_.size() && elements_[element].kind == element::kind::run) {
      after_run = ++element;
      run_end = at;
    } else if (element < elements_.size() && elements_[element].accepted[index_of(key[at])]) {
      ++element;
      ++at;
    } else {
      if (after_run == std::string_view::npos) return false;
      element = after_run;
      at = ++run_end;
    }
  }
  if (element < elements_.size() && elements_[element].kind == element::kind::run) ++element;
  return element == elements_.size();
}

}  // namespace tandem::base
