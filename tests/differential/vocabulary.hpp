// What sessions are made of, in every dialect: a few keys that commands meet on, numbers, times, values, and
// wrong forms of each.
#pragma once

#include "differential/session.hpp"
#include "support/dice.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::differential {

using test::dice;

/// What a backend can do, which decides what is said to it.
struct abilities {
  bool leases = true;  // h, l, N and R of mg, I of ms and md
  bool newer = false;  // E, x, and s and N of ms, which memcached has learned since 1.6.18
};

class vocabulary {
 public:
  vocabulary(dialect spoken, abilities able, std::uint64_t seed);

  dice& random() { return random_; }
  bool one_in(std::size_t count) { return random_.one_in(count); }
  abilities const& able() const { return able_; }

  /// One of the session's keys, most often the first. In the binary dialect it has any bytes; in the others
  /// it has none that ends a word.
  std::string key();
  /// A key of 249 to 252 bytes, around what is allowed.
  std::string long_key();
  /// One of a few keys with bytes that no word has.
  std::string key_of_any_bytes();
  /// Whether all commands are on one item, or nearly all.
  bool has_one_key() const { return keys_.size() == 1; }
  /// A word that is nearly right somewhere.
  std::string nonsense();

  /// What a counter may hold, or nearly.
  std::string number();
  std::string delta();
  /// Valid. None can pass while a session is played.
  std::string exptime();
  std::string wrong_exptime();
  std::uint32_t binary_exptime();
  std::string flags();
  std::string wrong_flags();
  std::string value();
  /// One line of a few letters, harmless as a command.
  std::string short_value();
  /// cas numbers: a placeholder, or a number that no item has.
  std::string cas();
  std::uint64_t any_number();

 private:
  std::string letters(std::size_t count);
  /// No space and no line feed.
  std::string word(std::size_t count);
  std::string bytes(std::size_t count);

  dice random_;
  abilities able_;
  dialect spoken_;
  std::vector<std::string> keys_;
};

}  // namespace tandem::differential
