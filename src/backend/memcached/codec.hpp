// Finds the replies in what a memcached server sends, for net::pipeline.
#pragma once

#include "net/exchange.hpp"
#include "protocol/memcached/meta/reply_parser.hpp"

namespace tandem::backend::memcached {

class codec {
 public:
  using reply_type = protocol::meta::reply;

  /// `value_max`: bytes of the largest item that a server may hold.
  explicit codec(std::size_t value_max) : parser_(value_max) {}

  net::parse_status next(base::input_buffer& input, reply_type& reply) {
    switch (parser_.next(input)) {
      case protocol::meta::outcome::need_more: return net::parse_status::need_more;
      case protocol::meta::outcome::garbage: return net::parse_status::garbage;
      case protocol::meta::outcome::reply: break;
    }
    reply = parser_.take();
    return net::parse_status::complete;
  }

 private:
  protocol::meta::reply_parser parser_;
};

}  // namespace tandem::backend::memcached
