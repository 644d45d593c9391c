// One finding about a configuration file, and the list that readers add to. Readers never stop at the first
// error: they report it here, keep the default, and go on.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tandem::config {

/// Counted from 1; line 0 stands for the file as a whole.
struct position {
  std::size_t line = 0;
  std::size_t column = 0;

  friend auto operator<=>(position const&, position const&) = default;
};

struct diagnostic {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;
  std::string message;

  /// `file:line:column: message`, or `file: message` about the file as a whole.
  std::string str() const;
};

using diagnostics = std::vector<diagnostic>;

/// What is found in one file.
class findings {
 public:
  explicit findings(std::string file) : file_(std::move(file)) {}

  void error(position at, std::string message) { add(errors_, at, std::move(message)); }
  void warning(position at, std::string message) { add(warnings_, at, std::move(message)); }

  bool any_error() const { return !errors_.empty(); }

  /// In the order of the file, whatever the order in which its sections were read.
  diagnostics take_errors();
  diagnostics take_warnings();

 private:
  void add(diagnostics& list, position at, std::string message);

  std::string file_;
  diagnostics errors_;
  diagnostics warnings_;
};

}  // namespace tandem::config
