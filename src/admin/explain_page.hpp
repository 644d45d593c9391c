// GET /explain?key=K&key=...: where keys go at this moment, a line each.
#pragma once

#include "admin/page.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tandem::admin {

inline constexpr std::size_t explained_keys_max = 100;

/// `tell` gives the lines of those keys, each one that memcached takes; none where nobody could answer in time, which is
/// a 503. What is wrong with the query is a 400, and nobody is asked.
page explain_page(std::function<std::optional<std::string>(std::vector<std::string> const& keys)> tell);

}  // namespace tandem::admin
