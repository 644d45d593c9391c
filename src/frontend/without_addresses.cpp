#include "frontend/without_addresses.hpp"

#include "net/name_resolver.hpp"

#include <algorithm>

namespace tandem::frontend {
namespace {

constexpr std::string_view opening = "\"'(";
constexpr std::string_view closing = ":,;.\"')]";

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

/// The word itself, without what opens or closes a clause.
std::string_view core_of(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of(opening), word.size()));
  return word.substr(0, word.find_last_not_of(closing) + 1);
}

}  // namespace

std::string without_addresses(std::string_view message) {
  std::string made;
  made.reserve(message.size());
  while (!message.empty()) {
    std::size_t const end = std::min(message.find(' ', 1), message.size());
    std::string_view piece = message.substr(0, end);  // a blank, but for the first, and a word
    message.remove_prefix(end);
    std::string_view const core = core_of(piece.substr(piece.starts_with(' ') ? 1 : 0));
    if (is_address(core))
      piece.remove_prefix(static_cast<std::size_t>(core.data() + core.size() - piece.data()));
    made += piece;
  }
  return made;
}

}  // namespace tandem::frontend
