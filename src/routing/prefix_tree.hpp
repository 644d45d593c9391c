// The prefixes of many rules as one tree of bytes, so that a key finds all that it begins with in as many
// steps as the longest of them has bytes, however many rules there are. Filled once, by rule_table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::routing {

class prefix_tree {
 public:
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  struct node {
    std::size_t prefix_rule = none;  // the first rule that has this node's path for its prefix
    std::size_t first_rule = none;   // the first rule of this node and of all below it
    std::vector<std::size_t> globs;  // rules whose globs begin with this node's path, ascending
    std::vector<std::pair<unsigned char, std::uint32_t>> children;  // by byte
  };

  prefix_tree() : nodes_(1) {}

  /// Rules are added in ascending order.
  void add_prefix(std::string_view prefix, std::size_t rule);
  void add_glob(std::string_view literal_prefix, std::size_t rule);

  /// Calls `visit(node)` for every node on the key's path, the root first, until it returns false.
  template <class Visit>
  void walk(std::string_view key, Visit visit) const {
    node const* here = &nodes_.front();
    for (std::size_t at = 0; visit(*here) && at < key.size(); ++at) {
      here = child(*here, static_cast<unsigned char>(key[at]));
      if (here == nullptr) return;
    }
  }

 private:
  node const* child(node const& parent, unsigned char byte) const;
  node& path_to(std::string_view prefix, std::size_t rule);

  std::vector<node> nodes_;
};

}  // namespace tandem::routing
