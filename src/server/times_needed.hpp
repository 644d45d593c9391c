// What a request to a backend may take where its rule does not say: an attempt of the slowest server behind it, and more where
// those behind it are asked one after another.
#pragma once

#include "base/clock.hpp"
#include "config/composition.hpp"

#include <string_view>
#include <unordered_map>

namespace tandem::server {

class times_needed {
 public:
  /// `all` outlives this, and has no cycles.
  explicit times_needed(config::composition const& all) : all_(all) {}

  /// 0: it never waits.
  base::duration behind(std::string_view name);

 private:
  struct by_kind;

  config::composition const& all_;
  std::unordered_map<std::string_view, base::duration> known_;  // by names that the composition has
};

}  // namespace tandem::server
