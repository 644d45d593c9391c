// Clients that take the rest of a hash of the key's UTF-16 units by the number of servers, which are known by
// their place in the list alone. The hash is Java's String.hashCode(): h = 31 * h + unit for each, modulo
// 2^32.
//
//   memjs         the absolute value of h as a signed number (lib/memjs/utils.js; checked against memjs 1.3.2)
//   spymemcached  h as an unsigned number: DefaultHashAlgorithm.NATIVE_HASH with Locator.ARRAY_MOD, which is what
//                 DefaultConnectionFactory is set to (checked against spymemcached 2.12.3)
#pragma once

#include "hashing/placement.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace tandem::hashing {

/// Of a text in UTF-8.
std::uint32_t native_hash(std::string_view text);

std::unique_ptr<placement> make_memjs_placement(std::size_t servers);
std::unique_ptr<placement> make_spymemcached_placement(std::size_t servers);

}  // namespace tandem::hashing
