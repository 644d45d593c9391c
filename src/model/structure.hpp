// What lies under a rule's keys in Redis, where it is no item: a structure, of which clients see parts through the verbs of
// memcached.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

namespace tandem::model {

/// Members with scores.
struct leaderboard_options {
  /// Which of a member's scores stays. With `lowest`, that is the best one, too.
  enum class keep : std::uint8_t { last, highest, lowest };

  keep kept = keep::last;

  friend bool operator==(leaderboard_options const&, leaderboard_options const&) = default;
};

struct structure_options {
  std::variant<leaderboard_options> kind = leaderboard_options();
  char separator = '#';                  // of a key: what stands before the first one names the structure
  std::size_t answer_max = 1024 * 1024;  // bytes of an answer

  friend bool operator==(structure_options const&, structure_options const&) = default;
};

}  // namespace tandem::model
