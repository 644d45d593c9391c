// Finds the replies in what a Redis server sends, for net::pipeline.
#pragma once

#include "net/exchange.hpp"
#include "protocol/redis/reply_parser.hpp"

namespace tandem::backend::redis {

class codec {
 public:
  using reply_type = protocol::redis::reply;

  net::parse_status next(base::input_buffer& input, reply_type& reply) {
    switch (parser_.next(input)) {
      case protocol::redis::outcome::need_more: return net::parse_status::need_more;
      case protocol::redis::outcome::garbage: return net::parse_status::garbage;
      case protocol::redis::outcome::reply: break;
    }
    reply = parser_.take();
    return net::parse_status::complete;
  }

 private:
  protocol::redis::reply_parser parser_;
};

}  // namespace tandem::backend::redis
