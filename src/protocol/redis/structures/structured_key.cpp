#include "protocol/redis/structures/structured_key.hpp"

#include "model/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::protocol::redis {
namespace {

std::string fault(std::string_view what) { return fmt::format("{}{}", model::bad_key_words, what); }

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (;;) {
    std::size_t const end = text.find('/');
    words.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return words;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string_view name_of(std::string_view key, char separator) { return key.substr(0, key.find(separator)); }

base::result<structured_key, std::string> read_structured_key(std::string_view key, char separator) {
  using enum structured_key::kind;
  std::string_view const name = name_of(key, separator);
  if (name.empty()) return fault(fmt::format("nothing stands before {}", separator));
  if (name.size() == key.size()) return structured_key{whole, name};
  std::string_view const rest = key.substr(name.size() + 1);
  if (rest.empty()) return fault(fmt::format("nothing stands behind {}", separator));
  if (rest.front() != '@') return structured_key{part, name, rest};
  if (rest.starts_with("@@")) return structured_key{part, name, rest.substr(1)};
  std::vector<std::string_view> words = words_of(rest.substr(1));
  if (std::ranges::any_of(words, &std::string_view::empty))
    return fault(fmt::format("the question {} has an empty word", rest));
  structured_key made{question, name, {}, words.front()};
  made.arguments.assign(words.begin() + 1, words.end());
  return made;
}

}  // namespace tandem::protocol::redis
