// Reads Prometheus' text format 0.0.4 strictly, written from its description and independent of the library
// that writes it. Anything out of order ends in std::runtime_error with the line.
#pragma once

#include <cctype>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tandem::test {

struct exposed_family {
  std::string type;
  std::string help;
  /// Values as text, by the series as it is written.
  std::map<std::string, std::string> series;
};

class exposition {
 public:
  explicit exposition(std::string const& text) {
    if (!text.empty() && text.back() != '\n') throw std::runtime_error("the last line does not end");
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (!read(line)) throw std::runtime_error("not in the format: " + line);
    }
  }

  exposed_family const& family(std::string const& name) const { return families_.at(name); }
  bool has(std::string const& name) const { return families_.contains(name); }

  std::string value(std::string const& name, std::string const& series) const {
    return families_.at(name).series.at(series);
  }
  std::string value(std::string const& name) const { return value(name, name); }

 private:
  bool read(std::string const& line) {
    if (line.empty()) return true;
    if (line.rfind("# HELP ", 0) == 0) return read_help(line.substr(7));
    if (line.rfind("# TYPE ", 0) == 0) return read_type(line.substr(7));
    if (line[0] == '#') return true;
    return read_series(line);
  }

  bool read_help(std::string const& rest) {
    auto const space = rest.find(' ');
    std::string const name = rest.substr(0, space);
    if (space == std::string::npos || !is_name(name)) return false;
    if (families_.contains(name)) return false;  // HELP comes first, and once
    families_[name].help = rest.substr(space + 1);
    current_ = name;
    return true;
  }

  bool read_type(std::string const& rest) {
    static std::set<std::string> const types{"counter", "gauge", "histogram"};
    auto const space = rest.find(' ');
    if (space == std::string::npos || rest.substr(0, space) != current_) return false;
    exposed_family& now = families_[current_];
    if (!now.type.empty() || !now.series.empty()) return false;
    now.type = rest.substr(space + 1);
    return types.contains(now.type);
  }

  bool read_series(std::string const& line) {
    std::size_t at = line.find_first_of("{ ");
    if (at == std::string::npos || !belongs(line.substr(0, at))) return false;
    if (line[at] == '{' && !skip_labels(line, at)) return false;
    if (at >= line.size() || line[at] != ' ') return false;
    std::string const value = line.substr(at + 1);
    char* end = nullptr;
    std::strtod(value.c_str(), &end);
    if (value.empty() || *end != '\0') return false;
    return families_[current_].series.emplace(line.substr(0, at), value).second;
  }

  /// Whether a series of this name may stand here: all of a family stand together.
  bool belongs(std::string const& name) const {
    auto const found = families_.find(current_);
    if (found == families_.end() || found->second.type.empty() || !is_name(name)) return false;
    if (found->second.type != "histogram") return name == current_;
    return name == current_ + "_bucket" || name == current_ + "_sum" || name == current_ + "_count";
  }

  /// Moves `at` from the opening brace to past the closing one.
  static bool skip_labels(std::string const& line, std::size_t& at) {
    std::set<std::string> seen;
    ++at;
    while (at < line.size() && line[at] != '}') {
      auto const equals = line.find('=', at);
      if (equals == std::string::npos || !is_name(line.substr(at, equals - at))) return false;
      if (!seen.insert(line.substr(at, equals - at)).second) return false;
      at = equals + 1;
      if (!skip_quoted(line, at)) return false;
      if (at < line.size() && line[at] == ',') ++at;
    }
    return at++ < line.size();
  }

  static bool skip_quoted(std::string const& line, std::size_t& at) {
    if (at >= line.size() || line[at] != '"') return false;
    for (++at; at < line.size() && line[at] != '"'; ++at) {
      if (line[at] != '\\') continue;
      ++at;
      if (at >= line.size() || std::string("\\\"n").find(line[at]) == std::string::npos) return false;
    }
    return at++ < line.size();
  }

  static bool is_name(std::string const& name) {
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
    for (char const c : name)
      if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
    return true;
  }

  std::map<std::string, exposed_family> families_;
  std::string current_;
};

}  // namespace tandem::test
