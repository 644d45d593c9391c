// Finds the replies in what a Redis server sends, for net::pipeline.
#pragma once

#include "base/parse_status.hpp"
#include "protocol/redis/item.hpp"
#include "protocol/redis/reply_parser.hpp"

#include <algorithm>

namespace tandem::backend::redis {

class codec {
 public:
  using reply_type = protocol::redis::reply;

  /// `value_max`: bytes of a value that clients may have, with which a frame comes. Answers that are no values fit always.
  explicit codec(std::size_t value_max) : parser_({.kept_max = std::max(value_max + frame, answer_max)}) {}

  base::parse_status next(base::input_buffer& input) { return parser_.next(input); }
  reply_type take() { return parser_.take(); }

 private:
  static constexpr std::size_t frame = protocol::redis::frame_size;
  static constexpr std::size_t answer_max = 4096;

  protocol::redis::reply_parser parser_;
};

}  // namespace tandem::backend::redis
