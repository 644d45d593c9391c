#include "config/section_reader.hpp"

#include "config/discretion.hpp"
#include "config/suggestion.hpp"

#include <algorithm>

namespace tandem::config {

namespace {

constexpr std::string_view size_expected = "a size such as 64MiB";
constexpr std::string_view number_expected = "a whole number";
constexpr std::string_view duration_expected = "a time such as 200ms";

}  // namespace

section_reader::section_reader(node const& section, std::initializer_list<std::string_view> known,
                               std::initializer_list<unsupported_key> unsupported)
    : section_(section) {
  for (node::entry& each : section.entries("NAME: VALUE lines")) {
    if (std::ranges::find(known, each.key) != known.end()) {
      entries_.push_back(std::move(each));
      continue;
    }
    auto const later = std::ranges::find(unsupported, each.key, &unsupported_key::name);
    if (later != unsupported.end()) {
      section.error_at(each.at,
                       fmt::format("\"{}\" is not supported by this version; {}", each.key, later->advice));
      other_.push_back(each.key);
      continue;
    }
    std::vector<std::string_view> const names(known);
    section.error_at(each.at,
                     fmt::format("unknown key \"{}\"{}", quotable(each.key), advice_for(each.key, names)));
    other_.emplace_back(nearest(each.key, names));
  }
}

bool section_reader::contains(std::string_view key) const {
  return find(key) != nullptr || std::ranges::find(other_, key) != other_.end();
}

node const* section_reader::find(std::string_view key) const {
  auto const found = std::ranges::find(entries_, key, &node::entry::key);
  return found == entries_.end() ? nullptr : &found->value;
}

node const* section_reader::require(std::string_view key, std::string_view advice) const {
  node const* const found = find(key);
  if (found == nullptr && section_.is_map() && !contains(key)) {
    error(fmt::format("\"{}\" is missing; {}", key, advice));
  }
  return found;
}

bool section_reader::read_text(std::string_view key, std::string& into) const {
  node const* const value = find(key);
  std::optional<std::string> given = value ? value->text("a text") : std::nullopt;
  if (given) into = *std::move(given);
  return given.has_value();
}

bool section_reader::read_size(std::string_view key, std::size_t& into, range<std::size_t> allowed) const {
  node const* const value = find(key);
  std::optional<std::uint64_t> const given = value ? value->parse(parse_size, size_expected) : std::nullopt;
  if (!given) return false;
  if (*given < allowed.min || *given > allowed.max) {
    value->error(fmt::format("{} is out of range; write {} to {}", format_size(*given),
                             format_size(allowed.min), format_size(allowed.max)));
    return false;
  }
  into = *given;
  return true;
}

std::optional<std::uint64_t> section_reader::number(std::string_view key,
                                                    range<std::uint64_t> allowed) const {
  node const* const value = find(key);
  std::optional<std::uint64_t> const given =
      value ? value->parse(parse_number, number_expected) : std::nullopt;
  if (!given || (*given >= allowed.min && *given <= allowed.max)) return given;
  value->error(fmt::format("{} is out of range; write {} to {}", *given, allowed.min, allowed.max));
  return std::nullopt;
}

std::optional<std::chrono::microseconds> section_reader::duration(
    std::string_view key, std::chrono::microseconds unit, range<std::chrono::microseconds> allowed) const {
  node const* const value = find(key);
  auto const given = value ? value->parse(parse_duration, duration_expected) : std::nullopt;
  if (!given) return std::nullopt;
  if (*given < allowed.min || *given > allowed.max) {
    value->error(fmt::format("{} is out of range; write {} to {}", format_duration(*given),
                             format_duration(allowed.min), format_duration(allowed.max)));
    return std::nullopt;
  }
  if (given->count() % unit.count() != 0) {
    value->error(fmt::format("{} is too fine; write a multiple of {}", format_duration(*given),
                             format_duration(unit)));
    return std::nullopt;
  }
  return given;
}

void section_reader::unknown_name(node const& value, std::string_view given,
                                  std::span<std::string_view const> names) {
  value.error(fmt::format("unknown value \"{}\"{}", given, advice_for(given, names)));
}

}  // namespace tandem::config
