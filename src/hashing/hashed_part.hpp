// What of a key is hashed, where that is not all of it. Clients such as libmemcached put a prefix in front of
// the keys that they send, and place them by what the application has said, without it
// (MEMCACHED_CALLBACK_PREFIX_KEY, unless HASH_WITH_PREFIX_KEY is on); and related keys are kept together by a
// tag in them.
//
// The prefix comes off first, the longest that the key begins with, and once only. The tag is looked for in
// what remains. A key that is nothing but a prefix is hashed as the empty key.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tandem::hashing {

class hashed_part {
 public:
  hashed_part() = default;
  /// `tag` is empty, or the opening and the closing character.
  hashed_part(std::vector<std::string> prefixes, std::string_view tag);

  /// Whether every key is hashed as it is, so that of() need not be asked.
  bool is_whole() const { return prefixes_.empty() && !tagged_; }

  /// A part of `key`, and valid as long as that.
  std::string_view of(std::string_view key) const;

 private:
  std::vector<std::string> prefixes_;  // the longest first
  bool tagged_ = false;
  char tag_open_ = 0;
  char tag_close_ = 0;
};

}  // namespace tandem::hashing
