#include "routing/prefix_tree.hpp"

#include <algorithm>

namespace tandem::routing {

namespace {

constexpr auto before = [](auto const& child, unsigned char byte) { return child.first < byte; };

}  // namespace

void prefix_tree::add_prefix(std::string_view prefix, std::size_t rule) {
  node& end = path_to(prefix, rule);
  end.prefix_rule = std::min(end.prefix_rule, rule);
}

void prefix_tree::add_glob(std::string_view literal_prefix, std::size_t rule) {
  path_to(literal_prefix, rule).globs.push_back(rule);
}

prefix_tree::node const* prefix_tree::child(node const& parent, unsigned char byte) const {
  auto const found = std::lower_bound(parent.children.begin(), parent.children.end(), byte, before);
  if (found == parent.children.end() || found->first != byte) return nullptr;
  return &nodes_[found->second];
}

prefix_tree::node& prefix_tree::path_to(std::string_view prefix, std::size_t rule) {
  std::size_t here = 0;
  nodes_[here].first_rule = std::min(nodes_[here].first_rule, rule);
  for (char const each : prefix) {
    auto const byte = static_cast<unsigned char>(each);
    auto& children = nodes_[here].children;
    auto found = std::lower_bound(children.begin(), children.end(), byte, before);
    if (found == children.end() || found->first != byte) {
      found = children.insert(found, {byte, static_cast<std::uint32_t>(nodes_.size())});
      here = found->second;
      nodes_.emplace_back();
    } else {
      here = found->second;
    }
    nodes_[here].first_rule = std::min(nodes_[here].first_rule, rule);
  }
  return nodes_[here];
}

}  // namespace tandem::routing
