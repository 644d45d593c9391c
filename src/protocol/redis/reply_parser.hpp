// Reads what a Redis server sends, reply by reply. Does no I/O: after each read the connection calls next()
// until it answers need_more. Garbage is for ever: the connection must then be closed.
//
// The commonest reply and the only large one, a bulk string that stands alone, is sliced off the input. All
// other replies are left to hiredis' reader, which gets them line by line: every reply ends with a line feed,
// so that no byte of the next one is fed with it.
#pragma once

#include "base/input_buffer.hpp"
#include "base/parse_status.hpp"
#include "protocol/redis/reply.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace tandem::protocol::redis {

struct reply_limits {
  std::size_t bulk_max = 512 * 1024 * 1024;  // bytes of a string that stands alone; Redis' own bound
  std::size_t other_max = 16 * 1024 * 1024;  // bytes of any other reply
  std::size_t elements_max = 256 * 1024;     // in all arrays of one reply
  std::size_t depth_max = 7;                 // of arrays in arrays
  std::size_t kept_max =
      512 * 1024 * 1024;  // bytes of a string that stands alone and is wanted; longer ones are read past
};

class reply_parser {
 public:
  explicit reply_parser(reply_limits limits = {});
  ~reply_parser();
  reply_parser(reply_parser&&) noexcept;

  base::parse_status next(base::input_buffer& input);

  /// The reply that next() has found.
  reply take();

 private:
  struct reader;

  base::parse_status read_bulk_header(base::input_buffer& input, std::size_t line_feed);
  base::parse_status read_bulk(base::input_buffer& input);
  base::parse_status pass_bulk(base::input_buffer& input);
  base::parse_status read_other(base::input_buffer& input);
  base::parse_status garbage();

  reply_limits limits_;
  std::unique_ptr<reader> reader_;   // hiredis keeps its address
  std::optional<std::size_t> bulk_;  // bytes of the string to come
  std::size_t passed_ = 0;           // bytes of it that were read past
  std::size_t fed_ = 0;              // bytes of the present reply that hiredis has
  bool broken_ = false;
};

}  // namespace tandem::protocol::redis
