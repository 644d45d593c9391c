// What lies under a rule's keys in Redis, where it is no item: a structure, of which clients see parts through the verbs of
// memcached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

namespace tandem::model {

/// Members with scores.
struct leaderboard_options {
  /// Which of a member's scores stays. With `lowest`, that is the best one, too.
  enum class keep : std::uint8_t { last, highest, lowest };

  keep kept = keep::last;

  friend bool operator==(leaderboard_options const&, leaderboard_options const&) = default;
};

/// How much may be counted, and in which time.
struct rate_limit_options {
  enum class algorithm : std::uint8_t { fixed, sliding, bucket };

  algorithm counted = algorithm::sliding;
  std::uint32_t limit = 1;
  std::chrono::milliseconds per{1000};
  std::uint32_t burst = 1;  // at once; the limit, but for a bucket

  friend bool operator==(rate_limit_options const&, rate_limit_options const&) = default;
};

/// Bits by their offsets.
struct bitmap_options {
  friend bool operator==(bitmap_options const&, bitmap_options const&) = default;
};

/// As in the configuration, metrics and `explain`.
constexpr std::string_view name_of(leaderboard_options const&) { return "leaderboard"; }
constexpr std::string_view name_of(rate_limit_options const&) { return "rate_limit"; }
constexpr std::string_view name_of(bitmap_options const&) { return "bitmap"; }

struct structure_options {
  std::variant<leaderboard_options, rate_limit_options, bitmap_options> kind = leaderboard_options();
  char separator = '#';                  // of a key: what stands before the first one names the structure
  std::size_t answer_max = 1024 * 1024;  // bytes of an answer

  friend bool operator==(structure_options const&, structure_options const&) = default;
};

constexpr std::string_view name_of(structure_options const& of) {
  return std::visit([](auto const& kind) { return name_of(kind); }, of.kind);
}

}  // namespace tandem::model
