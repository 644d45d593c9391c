// Hash tags: the part of a key that decides where it goes, so that related keys can be kept together.
// The rule is that of Redis Cluster (cluster specification, "Hash tags") and of twemproxy's hash_tag.
#pragma once

#include <cstddef>
#include <string_view>

namespace tandem::hashing {

/// What stands between the first `open` in the key and the first `close` after it; the whole key where either
/// is missing or nothing stands between them.
constexpr std::string_view tagged_part(std::string_view key, char open, char close) {
  std::size_t const opened = key.find(open);
  if (opened == std::string_view::npos) return key;
  std::size_t const closed = key.find(close, opened + 1);
  if (closed == std::string_view::npos || closed == opened + 1) return key;
  return key.substr(opened + 1, closed - opened - 1);
}

}  // namespace tandem::hashing
