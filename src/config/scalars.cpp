#include "config/scalars.hpp"

#include "config/mistake.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

namespace tandem::config {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array count_units{unit{"", 1}};
constexpr std::array size_units{unit{"TiB", 1ULL << 40}, unit{"GiB", 1ULL << 30}, unit{"MiB", 1ULL << 20},
                                unit{"KiB", 1ULL << 10}, unit{"", 1}};
constexpr std::array duration_units{unit{"d", 86'400'000'000}, unit{"h", 3'600'000'000},
                                    unit{"m", 60'000'000},     unit{"s", 1'000'000},
                                    unit{"ms", 1'000},         unit{"us", 1}};

// Times are signed, and sizes beyond this are mistakes.
constexpr auto amount_max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

struct amount {
  std::uint64_t number = 0;
  std::string_view unit;  // whatever follows the digits
};

/// Digits and what follows them, or nothing where there are no digits. A number that does not fit becomes the
/// largest that does, which is too large for every use.
std::optional<amount> split(std::string_view text) {
  amount parts;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), parts.number);
  if (failure == std::errc::invalid_argument) return std::nullopt;
  if (failure == std::errc::result_out_of_range) parts.number = std::numeric_limits<std::uint64_t>::max();
  parts.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  return parts;
}

/// `advice` describes the notation and completes `"TEXT" `.
base::result<std::uint64_t> parse_amount(std::string_view text, std::span<unit const> units,
                                         std::string_view advice) {
  std::optional<amount> const parts = split(text);
  auto const known = parts ? std::ranges::find(units, parts->unit, &unit::name) : units.end();
  if (known == units.end()) return wrong(fmt::format("\"{}\" {}", text, advice));
  if (parts->number > amount_max / known->factor) return wrong(fmt::format("\"{}\" is too large", text));
  return parts->number * known->factor;
}

std::string format_amount(std::uint64_t value, std::span<unit const> units) {
  auto const exact = std::ranges::find_if(
      units, [value](unit const& each) { return value >= each.factor && value % each.factor == 0; });
  unit const& chosen = exact == units.end() ? units.back() : *exact;
  return fmt::format("{}{}", value / chosen.factor, chosen.name);
}

}  // namespace

base::result<std::uint64_t> parse_number(std::string_view text) {
  return parse_amount(text, count_units, "is not a whole number; write digits only");
}

base::result<std::uint64_t> parse_percent(std::string_view text) {
  std::optional<amount> const parts = split(text);
  if (!parts || parts->unit != "%")
    return wrong(fmt::format("\"{}\" is no share; write a whole number with %, such as 20%", text));
  if (parts->number > 100) return wrong(fmt::format("\"{}\" is more than all; write 100% at most", text));
  return parts->number;
}

base::result<std::uint64_t> parse_size(std::string_view text) {
  return parse_amount(text, size_units, "is not a size; write bytes, or a whole number with KiB, MiB or GiB");
}

base::result<std::chrono::microseconds> parse_duration(std::string_view text) {
  std::optional<amount> const parts = split(text);
  if (parts && parts->unit.empty()) {
    return wrong(fmt::format("\"{0}\" has no unit; write {0}ms, {0}s, {0}m, {0}h or {0}d", text));
  }
  base::result<std::uint64_t> const microseconds =
      parse_amount(text, duration_units, "is not a time; write a whole number with us, ms, s, m, h or d");
  if (!microseconds) return microseconds.error();
  return std::chrono::microseconds(static_cast<std::int64_t>(*microseconds));
}

base::result<double> parse_share(std::string_view text) {
  double percent = 0;
  char const* const last = text.data() + text.size();
  auto const [end, failure] = std::from_chars(text.data(), last, percent, std::chars_format::fixed);
  if (failure != std::errc() || std::string_view(end, last) != "%" || text.front() < '0' ||
      text.front() > '9')
    return wrong(fmt::format("\"{}\" is not a share; write a number with %, such as 10% or 0.1%", text));
  if (percent <= 0 || percent > 100)
    return wrong(fmt::format("{} is out of range; write more than 0%, and 100% at most", text));
  return percent / 100;
}

base::result<unsigned> parse_mode(std::string_view text) {
  unsigned mode = 0;
  bool const right_length = text.size() == 3 || (text.size() == 4 && text.front() == '0');
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (right_length && failure == std::errc() && end == text.data() + text.size() && mode != 0) return mode;
  return wrong(
      fmt::format("\"{}\" is not a permission mode; write octal digits in quotes, such as \"0660\"", text));
}

bool is_plain_name(std::string_view text) {
  auto const allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= plain_name_bytes_max && std::ranges::all_of(text, allowed);
}

std::string format_size(std::uint64_t bytes) { return format_amount(bytes, size_units); }

std::string format_duration(std::chrono::microseconds duration) {
  if (duration.count() == 0) return "0s";
  return format_amount(static_cast<std::uint64_t>(duration.count()), duration_units);
}

}  // namespace tandem::config
