// Finds the replies in what a memcached server sends, for net::pipeline. The first is the answer to `version`, which may
// come from a server of any kind: whatever it is, its first line is the message of the reply.
#pragma once

#include "net/exchange.hpp"
#include "protocol/memcached/meta/reply_parser.hpp"

#include <algorithm>
#include <utility>

namespace tandem::backend::memcached {

class codec {
 public:
  using reply_type = protocol::meta::reply;

  /// `value_max`: bytes of a value that clients may have. Numbers fit always.
  explicit codec(std::size_t value_max) : parser_(item_max, std::max(value_max, number_max)) {}

  net::parse_status next(base::input_buffer& input, reply_type& reply) {
    switch (std::exchange(greeted_, true) ? parser_.next(input) : next_greeting(input)) {
      case protocol::meta::outcome::need_more: return net::parse_status::need_more;
      case protocol::meta::outcome::garbage: return net::parse_status::garbage;
      case protocol::meta::outcome::reply: break;
    }
    reply = parser_.take();
    return net::parse_status::complete;
  }

 private:
  /// memcached's own bound of an item: its -I option goes up to 1 GiB.
  static constexpr std::size_t item_max = 1024 * 1024 * 1024;
  static constexpr std::size_t number_max = 64;

  protocol::meta::outcome next_greeting(base::input_buffer& input) {
    auto const found = parser_.any_line(input);
    greeted_ = found != protocol::meta::outcome::need_more;
    return found;
  }

  protocol::meta::reply_parser parser_;
  bool greeted_ = false;
};

}  // namespace tandem::backend::memcached
