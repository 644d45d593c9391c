// The items of a run: keys of one length, with values that follow from the key, so that every reply can be
// checked without remembering what was stored. A value is a window of one random text, at an offset that is the
// key's number: no two are alike, and all together stay in the processor's cache.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::bench {

class item_set {
 public:
  static constexpr std::size_t digits = 8;

  item_set(std::string_view prefix, std::size_t count, std::size_t value_size);

  std::size_t count() const { return count_; }
  std::size_t value_size() const { return value_size_; }

  std::string_view key(std::size_t number) const {
    return std::string_view(keys_).substr(number * (key_size_ + 1) + 1, key_size_);
  }
  /// `count` keys from this one on, a space before each; no further than the last.
  std::string_view words(std::size_t number, std::size_t count) const {
    return std::string_view(keys_).substr(number * (key_size_ + 1), count * (key_size_ + 1));
  }
  std::string_view value(std::size_t number) const {
    return std::string_view(text_).substr(number, value_size_);
  }

  /// Nothing if it is none of these keys.
  std::optional<std::size_t> number_of(std::string_view key) const;

 private:
  std::size_t prefix_size_;
  std::size_t count_;
  std::size_t value_size_;
  std::size_t key_size_;
  std::string keys_;  // a space before each
  std::string text_;
};

}  // namespace tandem::bench
