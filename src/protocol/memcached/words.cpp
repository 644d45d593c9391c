#include "protocol/memcached/words.hpp"

#include <algorithm>
#include <limits>

namespace tandem::protocol {
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

std::optional<model::exptime> read_exptime(std::string_view word) {
  auto const seconds = signed_number(word);
  if (!seconds) return std::nullopt;
  return model::exptime(static_cast<std::int32_t>(*seconds));
}

std::optional<std::size_t> read_length(std::string_view word) {
  auto const number = signed_number(word);
  if (!number) return std::nullopt;
  auto const length = static_cast<std::int32_t>(*number);
  if (length < 0 || length > std::numeric_limits<std::int32_t>::max() - 2) return std::nullopt;
  return static_cast<std::size_t>(length);
}

}  // namespace tandem::protocol
