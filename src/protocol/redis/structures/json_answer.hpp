// Answers of structures in JSON, and in numbers.
#pragma once

#include "model/response.hpp"
#include "protocol/redis/reply.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tandem::protocol::redis {

/// Whole numbers up to this one are told apart from their neighbours by a score, by Lua and by readers of JSON.
inline constexpr std::int64_t exact_max = std::int64_t{1} << 53;

/// A string, or {"base64": ...} if it is no UTF-8, which JSON's strings are.
boost::json::value json_text(std::string_view bytes);

/// A number as Redis writes it: whole where that is exact. None if it is none, or infinite.
std::optional<boost::json::value> json_number(std::string_view text);

/// A finite number, in decimal text and no more than that.
std::optional<double> read_finite(std::string_view text);

/// A whole number in decimal text and no more than that.
std::optional<std::int64_t> read_whole(std::string_view text);

/// A get's answer.
model::response text_answer(std::string_view text);
model::response number_answer(std::int64_t number);

/// The client error that an answer would have more than `bytes_max`.
model::response too_long_answer(std::size_t bytes_max);

/// Or that.
model::response json_answer(boost::json::value const& told, std::size_t bytes_max);

}  // namespace tandem::protocol::redis
