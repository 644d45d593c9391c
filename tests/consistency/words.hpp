// Keys and values of a trial. Every value that a register is given is another, and is called by its name: the
// bytes are the name, the size, and filling that follows from both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::consistency {

/// Registers that are written through Tandem only, and those that are also written past it ("f:"). The first few are
/// busy, so that much happens at once; the others are left alone long enough for what is out of date to be seen.
std::vector<std::string> const& own_registers();
std::vector<std::string> const& foreign_registers();
inline constexpr std::size_t busy_registers = 6;
std::vector<std::string> const& counters();
/// What counters begin with: so much that no decr meets zero.
inline constexpr std::int64_t counter_start = 1'000'000'000;

std::string value_named(std::string const& name, std::size_t filling);
/// The name; "spoilt" if the bytes are not those of a value.
std::string name_of(std::string_view value);

/// As Tandem writes it to Redis, with the framed encoding: see src/protocol/redis/item.hpp.
std::string framed(std::string_view value, std::uint64_t cas);
std::string unframed(std::string_view stored);

}  // namespace tandem::consistency
