// A place in the document: its YAML value, its position, and its path for messages. Reports what is wrong to
// the findings of the file. Made by the loader for the root; readers walk down from there.
#pragma once

#include "config/diagnostic.hpp"
#include "config/environment.hpp"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::config {

/// What all readers of one file share.
struct reading {
  findings& found;
  environment const& variables;
  std::filesystem::path directory;  // relative file names in the document start here
};

class node {
 public:
  struct entry;

  node(YAML::Node value, position at, std::string path, reading& shared);

  position at() const { return at_; }
  reading& shared() const { return *shared_; }
  bool is_null() const { return value_.IsNull(); }
  bool is_scalar() const { return value_.IsScalar(); }
  bool is_map() const { return value_.IsMap(); }

  /// Reports an error here, or elsewhere inside, with the path in front.
  void error(std::string_view message) const { error_at(at_, message); }
  void error_at(position at, std::string_view message) const;

  /// The scalar with its variables replaced. `expected` completes "write " where it is no scalar.
  std::optional<std::string> text(std::string_view expected) const;

  /// What `parser` makes of text(). Reports why where it refuses.
  template <class Parsed>
  std::optional<Parsed> parse(base::result<Parsed> (*parser)(std::string_view),
                              std::string_view expected) const {
    std::optional<std::string> const given = text(expected);
    if (!given) return std::nullopt;
    base::result<Parsed> parsed = parser(*given);
    if (parsed) return *std::move(parsed);
    error(parsed.error().message);
    return std::nullopt;
  }

  /// The elements of a sequence, at least one; empty after an error.
  std::vector<node> items(std::string_view expected) const;

  /// The entries of a mapping in the file's order. Reports keys given twice, and leaves out the later one.
  std::vector<entry> entries(std::string_view expected) const;

 private:
  void wrong_type(std::string_view expected) const;

  YAML::Node value_;
  position at_;
  std::string path_;
  reading* shared_;
};

struct node::entry {
  std::string key;
  position at;  // of the key
  node value;
};

}  // namespace tandem::config
