#include "frontend/without_addresses.hpp"

#include "net/name_resolver.hpp"

#include <algorithm>

namespace tandem::frontend {
namespace {

constexpr std::string_view punctuation = ":,;.\"')]";

bool is_port(std::string_view text) {
  constexpr std::size_t digits_max = 5;
  return !text.empty() && text.size() <= digits_max &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_address(std::string_view word) {
  if (word.starts_with("unix:")) return true;
  std::size_t const colon = word.rfind(':');
  if (colon != std::string_view::npos && colon > 0 && is_port(word.substr(colon + 1))) return true;
  return net::literal_address(std::string(word)).has_value();
}

/// Where the word itself ends, and what closes a clause begins.
std::size_t end_of_word(std::string_view word) {
  std::size_t const last = word.find_last_not_of(punctuation);
  return last == std::string_view::npos ? 0 : last + 1;
}

}  // namespace

std::string without_addresses(std::string_view message) {
  std::string made;
  made.reserve(message.size());
  while (!message.empty()) {
    std::size_t const end = std::min(message.find(' ', 1), message.size());
    std::string_view piece = message.substr(0, end);  // a blank, but for the first, and a word
    message.remove_prefix(end);
    std::size_t const begin = piece.starts_with(' ') ? 1 : 0;
    std::size_t const size = end_of_word(piece.substr(begin));
    if (is_address(piece.substr(begin, size))) piece.remove_prefix(begin + size);
    made += piece;
  }
  return made;
}

}  // namespace tandem::frontend
