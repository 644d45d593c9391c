// One reply of a Redis server (RESP2), as the reply parser makes it. Texts are slices, so that a value that
// was read straight into its own block is never copied.
#pragma once

#include "base/slice.hpp"

#include <cstdint>
#include <vector>

namespace tandem::protocol::redis {

enum class reply_kind : std::uint8_t {
  string,
  status,
  integer,
  nil,
  error,
  array,
  oversized,  // a string that is longer than is kept: `number` bytes, which are gone
};

struct reply {
  reply_kind kind = reply_kind::nil;
  std::int64_t number = 0;      // of an integer; of what is oversized its bytes
  base::slice text;             // of a string, a status or an error
  std::vector<reply> elements;  // of an array

  bool is(reply_kind one) const { return kind == one; }
  bool is_error() const { return kind == reply_kind::error; }
  bool is_status(std::string_view words) const { return kind == reply_kind::status && text.view() == words; }
};

}  // namespace tandem::protocol::redis
