// What somebody else has changed in Redis, so that copies of it are outdated, and those who hold copies. Unlike a
// request, an invalidation holds its text in a string: it goes from thread to thread.
#pragma once

#include "base/clock.hpp"
#include "model/limits.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::model {

struct invalidation {
  enum class extent : std::uint8_t { key, prefix, everything };

  extent what = extent::everything;
  std::string text;  // the key as the backends see it, or what keys begin with; empty for everything
  base::time_point received{};  // when this process had read it

  friend bool operator==(invalidation const&, invalidation const&) = default;
};

/// Reads a message from a channel or a line from an operator: a key, or a prefix and `*`; `*` alone is everything.
/// None if it is neither: empty, longer than a key may be, or with a space or a control character in it. A key that
/// ends with `*` cannot be told from a prefix.
inline std::optional<invalidation> parse_invalidation(std::string_view words, base::time_point received) {
  auto const unprintable = [](char each) {
    return static_cast<unsigned char>(each) <= ' ' || each == '\x7f';
  };
  bool const starred = words.ends_with('*');
  std::string_view const text = starred ? words.substr(0, words.size() - 1) : words;
  if (words.empty() || text.size() > key_size_max) return std::nullopt;
  if (std::ranges::any_of(text, unprintable)) return std::nullopt;
  using extent = invalidation::extent;
  extent const what = !starred ? extent::key : text.empty() ? extent::everything : extent::prefix;
  return invalidation{what, std::string(text), received};
}

/// Whoever holds copies, or knows where they are. Each says on which thread it is called.
class invalidation_sink {
 public:
  virtual ~invalidation_sink() = default;

  /// From now on no copy is answered that was made from what Redis held before.
  virtual void invalidate(invalidation const& what) = 0;
};

}  // namespace tandem::model
