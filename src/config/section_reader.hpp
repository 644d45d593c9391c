// A mapping whose keys are fixed. Reports keys that nobody knows when it is made; then each option is read by
// name into its default, which stays where the key is absent or its value wrong.
#pragma once

#include "config/node.hpp"
#include "config/scalars.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::config {

/// A key that the format has and this version has not; `advice` says what to do instead.
struct unsupported_key {
  std::string_view name;
  std::string_view advice;
};

template <class Value>
struct choice {
  std::string_view name;
  Value value;
};

/// Both ends included.
template <class Value>
struct range {
  Value min;
  Value max;
};

class section_reader {
 public:
  section_reader(node const& section, std::initializer_list<std::string_view> known,
                 std::initializer_list<unsupported_key> unsupported = {});

  /// Whether the file has the key; a misspelt or unsupported one counts, since its error says enough.
  bool contains(std::string_view key) const;

  /// The value of a known key, or null. Valid as long as the reader.
  node const* find(std::string_view key) const;

  /// As find, and an absent key is an error; `advice` completes "KEY is missing; ".
  node const* require(std::string_view key, std::string_view advice) const;

  void error(std::string_view message) const { section_.error(message); }

  /// The readers below return whether the option was given and right.
  bool read_text(std::string_view key, std::string& into) const;
  bool read_size(std::string_view key, std::size_t& into, range<std::size_t> allowed) const;

  template <std::unsigned_integral Number>
  bool read_number(std::string_view key, Number& into, range<Number> allowed) const {
    std::optional<std::uint64_t> const given = number(key, {allowed.min, allowed.max});
    if (given) into = static_cast<Number>(*given);
    return given.has_value();
  }

  /// The time must be a whole number of Duration's unit.
  template <class Duration>
  bool read_duration(std::string_view key, Duration& into, range<Duration> allowed) const {
    auto const given = duration(key, std::chrono::microseconds(Duration(1)), {allowed.min, allowed.max});
    if (given) into = std::chrono::duration_cast<Duration>(*given);
    return given.has_value();
  }

  template <class Value>
  bool read_choice(std::string_view key, Value& into, std::span<choice<Value> const> choices) const {
    std::vector<std::string_view> names;
    for (choice<Value> const& each : choices) names.push_back(each.name);
    auto const named = [choices](std::string_view name) -> std::optional<Value> {
      auto const found = std::ranges::find(choices, name, &choice<Value>::name);
      return found == choices.end() ? std::nullopt : std::optional<Value>(found->value);
    };
    return read_name(key, into, named, names);
  }

  /// `true` or `false`.
  bool read_truth(std::string_view key, bool& into) const {
    static constexpr std::array<choice<bool>, 2> truths{{{"true", true}, {"false", false}}};
    return read_choice<bool>(key, into, truths);
  }

  /// `named` gives the value of a name, or nothing; `names` are those to show.
  template <class Value, class Named>
  bool read_name(std::string_view key, Value& into, Named named,
                 std::span<std::string_view const> names) const {
    node const* const value = find(key);
    std::optional<std::string> const given = value ? value->text("one of the known names") : std::nullopt;
    if (!given) return false;
    std::optional<Value> const found = named(*given);
    if (found) into = *found;
    if (!found) unknown_name(*value, *given, names);
    return found.has_value();
  }

 private:
  std::optional<std::uint64_t> number(std::string_view key, range<std::uint64_t> allowed) const;
  std::optional<std::chrono::microseconds> duration(std::string_view key, std::chrono::microseconds unit,
                                                    range<std::chrono::microseconds> allowed) const;
  static void unknown_name(node const& value, std::string_view given,
                           std::span<std::string_view const> names);

  node section_;
  std::vector<node::entry> entries_;  // of known keys
  std::vector<std::string> other_;    // names that unsupported and misspelt keys stand for
};

}  // namespace tandem::config
