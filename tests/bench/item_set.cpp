#include "bench/item_set.hpp"

#include <fmt/format.h>

#include <charconv>
#include <random>

namespace tandem::bench {

item_set::item_set(std::string_view prefix, std::size_t count, std::size_t value_size)
    : prefix_size_(prefix.size()), count_(count), value_size_(value_size), key_size_(prefix.size() + digits) {
  for (std::size_t number = 0; number < count; ++number) keys_ += fmt::format(" {}{:08}", prefix, number);
  std::mt19937 random(1);
  text_.reserve(count + value_size);
  while (text_.size() < count + value_size) text_ += static_cast<char>('a' + random() % 26);
}

std::optional<std::size_t> item_set::number_of(std::string_view key) const {
  if (key.size() != key_size_) return std::nullopt;
  std::size_t number = 0;
  char const* const end = key.data() + key.size();
  auto const [read, error] = std::from_chars(key.data() + prefix_size_, end, number);
  if (error != std::errc() || read != end || number >= count_) return std::nullopt;
  return this->key(number) == key ? std::optional(number) : std::nullopt;
}

}  // namespace tandem::bench
