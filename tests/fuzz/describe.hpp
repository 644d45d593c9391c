// Requests as entries of a transcript, and the promises that model/request.hpp makes about them.
#pragma once

#include "fuzz/harness.hpp"
#include "model/request.hpp"

#include <fmt/core.h>

#include <optional>
#include <string>

namespace tandem::fuzz {

inline void check_request(model::request const& asked) {
  constexpr std::size_t key_max = 250;
  bool const keyless = asked.command == model::verb::flush;
  if (asked.key.empty() != keyless || asked.key.size() > key_max) fail("a request with a key that is none");
  if (!asked.value.empty() && !traits(asked.command).has_value) fail("a request with a value it cannot have");
  if (asked.command == model::verb::cas && !asked.compare_cas) fail("a cas that compares nothing");
}

/// A number, or one that may be missing.
inline std::int64_t number(std::optional<std::uint64_t> value) {
  return value ? static_cast<std::int64_t>(*value) : -1;
}

inline std::int64_t seconds(std::optional<model::exptime> time) { return time ? time->wire() : -1; }

inline std::string describe(model::request const& asked) {
  check_request(asked);
  return fmt::format(
      "{} '{}' '{}' wanted {} options {} flags {} expires {} delta {} cas {} {} initial {} lease {} {}",
      traits(asked.command).name, asked.key.view(), asked.value.view(), static_cast<unsigned>(asked.wanted),
      static_cast<unsigned>(asked.options), asked.flags, asked.expires.wire(), asked.delta,
      number(asked.compare_cas), number(asked.new_cas), asked.initial, seconds(asked.vivify),
      seconds(asked.recache));
}

}  // namespace tandem::fuzz
