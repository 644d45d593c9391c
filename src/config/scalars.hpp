// The notations of single values: sizes, times, modes, addresses. Each parser takes the whole text, and its
// error says what is wrong and what would be right.
#pragma once

#include "base/result.hpp"
#include "net/options.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::config {

/// A whole number in decimal, without sign.
base::result<std::uint64_t> parse_number(std::string_view text);

/// Bytes: `1048576`, `64KiB`, `64MiB`, `1GiB`, `1TiB`.
base::result<std::uint64_t> parse_size(std::string_view text);

/// Time: `500us`, `200ms`, `5s`, `1m`, `1h`, `1d`. The unit is required, also for zero.
base::result<std::chrono::microseconds> parse_duration(std::string_view text);

/// A part of a whole, more than nothing: `10%`, `0.1%`, `100%`. Gives 1 for all of it.
base::result<double> parse_share(std::string_view text);

/// A share in whole percent, up to all of it: `20%`.
base::result<std::uint64_t> parse_percent(std::string_view text);

/// Permission bits in octal, `0660` or `660`, from 001 to 0777.
base::result<unsigned> parse_mode(std::string_view text);

/// The system's number of a user or a group: its name, or the number itself.
base::result<uid_t> parse_user(std::string_view text);
base::result<gid_t> parse_group(std::string_view text);

/// `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
base::result<net::endpoint> parse_endpoint(std::string_view text);

/// Whether it may be the name of something in metrics, logs and URLs: up to so many of a-z A-Z 0-9 _ - .
inline constexpr std::size_t plain_name_bytes_max = 64;
bool is_plain_name(std::string_view text);

/// In the largest unit that is exact, as parse_size and parse_duration read them.
std::string format_size(std::uint64_t bytes);
std::string format_duration(std::chrono::microseconds duration);

}  // namespace tandem::config
