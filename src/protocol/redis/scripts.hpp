// The Lua scripts for what no single Redis command does. Each takes one key, KEYS[1]; append, prepend and
// count keep the item's flags and its time to live. A status reply says what came of it: OK, NOT_STORED,
// NOT_FOUND, EXISTS, NON_NUMERIC.
//
//   script           ARGV                                                      besides statuses
//   append, prepend  value, new cas (8 bytes), cas to compare or "", cas or ""  the item's cas, if wanted and none
//                                                                             of the caller's making
//   compare_and_set  cas to compare, stored item [, EX or EXAT, number]
//   count            + or -, delta, new cas (8 bytes), cas to compare or "",   the new number, a string;
//                    as touch or "", number or "", before, after or "",        OK: that item was stored
//                    cas or ""
//                    [, stored item if there is none [, EX or EXAT, number]]
//   touch            EXPIRE, EXPIREAT or PERSIST, number or "", cas to compare or ""
//   remove           cas to compare
//   drop             cas from which on the item stays, if it has a frame    OK, or EXISTS: it stays
//
// With before or after, count tells the time that remained then as well, and with cas what append tells: an array of its
// answer, what PTTL says, and that cas. A cas is sixteen hexadecimal digits but where bytes are said.
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

/// All scripts for one encoding, by name. Made when first asked for; lives for ever.
std::array<script, script_count> const& scripts_for(encoding how);

}  // namespace tandem::protocol::redis
