#include "config/node.hpp"

#include "config/discretion.hpp"
#include "config/document.hpp"

#include <fmt/core.h>

#include <unordered_map>

namespace tandem::config {

namespace {

/// yaml-cpp gives an empty value the position of whatever follows: the key or the sequence that it stands in is
/// the better place.
position position_in(YAML::Node const& value, position enclosing) {
  return value.IsNull() ? enclosing : position_of(value.Mark());
}

std::string_view type_name(YAML::Node const& value) {
  switch (value.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null: return "has no value";
    case YAML::NodeType::Scalar: return "is a single value";
    case YAML::NodeType::Sequence: return "is a sequence";
    case YAML::NodeType::Map: return "is a mapping";
  }
  return "is unknown";
}

}  // namespace

node::node(YAML::Node value, position at, std::string path, reading& shared)
    : value_(std::move(value)), at_(at), path_(std::move(path)), shared_(&shared) {}

void node::error_at(position at, std::string_view message) const {
  std::string told(message);
  if (is_scalar()) {
    std::string const written = value_.Scalar();
    auto const expanded = expand(written, shared_->variables);
    std::string const value = expanded ? *expanded : written;
    bool const secret = holds_secret(path_);
    told = secret ? without(std::move(told), written) : without_secrets(std::move(told), written);
    told = secret ? without(std::move(told), value) : without_secrets(std::move(told), value);
  }
  std::string_view const separator = path_.empty() ? "" : ": ";
  shared_->found.error(at, fmt::format("{}{}{}", quotable(path_), separator, told));
}

void node::wrong_type(std::string_view expected) const {
  error(fmt::format("{}; write {}", type_name(value_), expected));
}

std::optional<std::string> node::text(std::string_view expected) const {
  if (value_.IsSequence()) {  // as an IPv6 address without quotes is to YAML
    wrong_type(fmt::format("{}, in quotes if it begins with a bracket", expected));
    return std::nullopt;
  }
  if (!is_scalar()) {
    wrong_type(expected);
    return std::nullopt;
  }
  base::result<std::string> expanded = expand(value_.Scalar(), shared_->variables);
  if (expanded) return *std::move(expanded);
  error(expanded.error().message);
  return std::nullopt;
}

std::vector<node> node::items(std::string_view expected) const {
  std::vector<node> made;
  if (!value_.IsSequence()) {
    wrong_type(expected);
    return made;
  }
  if (value_.size() == 0) error(fmt::format("is empty; write {}", expected));
  for (YAML::Node const& each : value_) {
    made.emplace_back(each, position_in(each, at_), fmt::format("{}[{}]", path_, made.size()), *shared_);
  }
  return made;
}

std::vector<node::entry> node::entries(std::string_view expected) const {
  std::vector<entry> made;
  if (!is_map()) {
    wrong_type(expected);
    return made;
  }
  std::unordered_map<std::string, std::size_t> lines;
  for (auto const& each : value_) {
    position const at = position_in(each.first, at_);
    if (!each.first.IsScalar()) {
      error_at(at, "a key is not a plain name; write NAME: VALUE");
      continue;
    }
    std::string const& key = each.first.Scalar();
    auto const [earlier, fresh] = lines.try_emplace(key, at.line);
    if (!fresh) {
      error_at(at, fmt::format("\"{}\" is given twice, first in line {}; keep one", quotable(key),
                               earlier->second));
      continue;
    }
    std::string path = path_.empty() ? key : path_ + "." + key;
    made.push_back({key, at, node(each.second, position_in(each.second, at), std::move(path), *shared_)});
  }
  return made;
}

}  // namespace tandem::config
