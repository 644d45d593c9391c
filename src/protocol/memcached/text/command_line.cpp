#include "protocol/memcached/text/command_line.hpp"

#include <algorithm>
#include <limits>

namespace tandem::protocol::text {
namespace {

constexpr std::string_view white_space = " \t\n\v\f\r";

struct magnitude {
  std::uint64_t value = 0;
  bool negative = false;
};

/// Sign and digits; what follows them must be white space or nothing.
std::optional<magnitude> read_magnitude(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of(white_space), word.size()));
  magnitude read;
  if (!word.empty() && (word.front() == '-' || word.front() == '+')) {
    read.negative = word.front() == '-';
    word.remove_prefix(1);
  }
  if (word.empty() || word.front() < '0' || word.front() > '9') return std::nullopt;
  constexpr std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  while (!word.empty() && word.front() >= '0' && word.front() <= '9') {
    auto const digit = static_cast<std::uint64_t>(word.front() - '0');
    if (read.value > (max - digit) / 10) return std::nullopt;
    read.value = read.value * 10 + digit;
    word.remove_prefix(1);
  }
  if (!word.empty() && white_space.find(word.front()) == std::string_view::npos) return std::nullopt;
  return read;
}

}  // namespace

std::string_view take_word(std::string_view& rest) {
  std::size_t const begin = std::min(rest.find_first_not_of(' '), rest.size());
  std::size_t const end = std::min(rest.find(' ', begin), rest.size());
  std::string_view const word = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return word;
}

command_line::command_line(std::string_view line) {
  std::string_view rest = line;
  words[0] = take_word(rest);
  arguments = rest;
  if (words[0].empty()) return;
  for (count = 1; count < words_max; ++count) {
    words[count] = take_word(rest);
    if (words[count].empty()) return;
  }
}

std::optional<std::int64_t> signed_number(std::string_view word) {
  auto const read = read_magnitude(word);
  if (!read) return std::nullopt;
  constexpr std::uint64_t max = std::numeric_limits<std::int64_t>::max();
  if (read->value > max + (read->negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(read->negative ? 0 - read->value : read->value);
}

std::optional<std::uint64_t> unsigned_number(std::string_view word) {
  auto const read = read_magnitude(word);
  if (!read) return std::nullopt;
  if (!read->negative) return read->value;
  std::uint64_t const wrapped = 0 - read->value;
  if (static_cast<std::int64_t>(wrapped) < 0) return std::nullopt;
  return wrapped;
}

}  // namespace tandem::protocol::text
