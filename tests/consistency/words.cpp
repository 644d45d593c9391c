#include "consistency/words.hpp"

#include <fmt/format.h>

namespace tandem::consistency {
namespace {

constexpr std::string_view frame_start("\x9e\x01", 2);
constexpr std::size_t frame_size = 14;

std::vector<std::string> numbered(std::string_view prefix, unsigned count) {
  std::vector<std::string> made;
  for (unsigned i = 0; i < count; ++i) made.push_back(fmt::format("{}:{}", prefix, i));
  return made;
}

char letter_for(std::string_view name) {
  unsigned sum = 0;
  for (char const each : name) sum = sum * 31 + static_cast<unsigned char>(each);
  return static_cast<char>('a' + sum % 26);
}

}  // namespace

std::vector<std::string> const& own_registers() {
  static std::vector<std::string> const made = numbered("r", 48);
  return made;
}

std::vector<std::string> const& foreign_registers() {
  static std::vector<std::string> const made = numbered("f", 32);
  return made;
}

std::vector<std::string> const& counters() {
  static std::vector<std::string> const made = numbered("c", 4);
  return made;
}

std::string value_named(std::string const& name, std::size_t filling) {
  return name + "|" + std::string(filling, letter_for(name)) + "|" + std::to_string(filling);
}

std::string name_of(std::string_view value) {
  std::string const name(value.substr(0, value.find('|')));
  std::size_t const around = name.size() + 2 + std::to_string(value.size()).size();
  for (std::size_t digits = 0; digits < 3; ++digits) {
    if (value.size() + digits >= around && value == value_named(name, value.size() + digits - around))
      return name;
  }
  return "spoilt";
}

std::string framed(std::string_view value, std::uint64_t cas) {
  std::string made(frame_start);
  made.append(4, '\0');
  for (unsigned byte = 8; byte-- > 0;) made.push_back(static_cast<char>(cas >> (8 * byte) & 0xff));
  return made.append(value);
}

std::string unframed(std::string_view stored) {
  bool const has = stored.size() >= frame_size && stored.starts_with(frame_start);
  return std::string(has ? stored.substr(frame_size) : stored);
}

}  // namespace tandem::consistency
