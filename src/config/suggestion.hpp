// "Did you mean": the known name nearest to one that is not known.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tandem::config {

/// A file may have thousands of names, each of them wrong: no more are looked at.
inline constexpr std::size_t compared_names_max = 500;

/// The name of `known` with the fewest single-character edits from `given`, if they are few enough to be a
/// slip; otherwise empty. A view of an element of `known`.
std::string_view nearest(std::string_view given, std::span<std::string_view const> known);

/// Completes a sentence about an unknown name: `, did you mean "x"?` or `; write one of a, b`.
std::string advice_for(std::string_view given, std::span<std::string_view const> known);

}  // namespace tandem::config
