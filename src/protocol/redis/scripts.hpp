// The Lua scripts for what no single Redis command does. Each takes one key, KEYS[1]; append, prepend and
// count keep the item's flags and its time to live. A status reply says what came of it: OK, NOT_STORED,
// NOT_FOUND, EXISTS, NON_NUMERIC, and BARE: the item is another program's, and has no room for the cas that it was to get.
//
//   script           ARGV                                                      besides statuses
//   append, prepend  value, new stamp, cas to compare or "", cas or ""         an array, see below
//                    [, size or "" [, what stands before the value if there
//                    is no item [, EX or EXAT, number]]]
//   compare_and_set  cas to compare, stored item [, EX or EXAT, number]
//   count            + or -, delta, new stamp, cas to compare or "",           the new number, a string;
//                    as touch or "", number or "", before, after or "",        OK: that item was stored;
//                    cas or ""                                                 an array of either
//                    [, stored item if there is none [, EX or EXAT, number]]
//   touch            EXPIRE, EXPIREAT or PERSIST, number or "", cas to compare or ""
//   remove           cas to compare or "" [, the client's flags and the stamp,
//                    or "" for the item's own, of what is left without a value
//                    [, EX or EXAT, number]]
//   drop             cas from which on the item stays, if it has a frame       OK, or EXISTS: it stays
//                    with one of the proxy's making
//
// An array is the answer and what was asked for besides: a number, which is the size of the value after append and prepend,
// and what PTTL said before or after count; then, with cas, the item's if it has no frame, else the caller knows it. A
// stamp is the nine bytes of a frame that tell its cas, a cas sixteen hexadecimal digits.
#pragma once

#include "protocol/redis/item.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace tandem::protocol::redis {

enum class script_name : std::uint8_t { append, prepend, compare_and_set, count, touch, remove, drop };
inline constexpr std::size_t script_count = 7;

struct script {
  std::string body;
  std::string digest;  // SHA-1 in hexadecimal digits, by which EVALSHA calls it
};

script make_script(std::string body);

/// All scripts for one encoding, by name. Made when first asked for; lives for ever.
std::array<script, script_count> const& scripts_for(encoding how);

}  // namespace tandem::protocol::redis
