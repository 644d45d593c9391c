// Finds the replies in what a memcached server sends, for net::pipeline. The first is the answer to `version`, which may
// come from a server of any kind: whatever it is, its first line is the message of the reply.
#pragma once

#include "base/parse_status.hpp"
#include "protocol/memcached/meta/reply_parser.hpp"

#include <algorithm>

namespace tandem::backend::memcached {

class codec {
 public:
  using reply_type = protocol::meta::reply;

  /// `value_max`: bytes of a value that clients may have. Numbers fit always.
  explicit codec(std::size_t value_max) : parser_(item_max, std::max(value_max, number_max)) {}

  base::parse_status next(base::input_buffer& input) {
    return greeted_ ? parser_.next(input) : next_greeting(input);
  }
  reply_type&& take() { return parser_.take(); }

 private:
  /// memcached's own bound of an item: its -I option goes up to 1 GiB.
  static constexpr std::size_t item_max = 1024 * 1024 * 1024;
  static constexpr std::size_t number_max = 64;

  base::parse_status next_greeting(base::input_buffer& input) {
    auto const found = parser_.any_line(input);
    greeted_ = found != base::parse_status::need_more;
    return found;
  }

  protocol::meta::reply_parser parser_;
  bool greeted_ = false;
};

}  // namespace tandem::backend::memcached
