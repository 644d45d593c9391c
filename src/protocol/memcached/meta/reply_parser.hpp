// Reads what a memcached server answers to meta::encode's requests, reply by reply. Does no I/O: after each
// read the connection calls next() until it answers need_more. Whatever memcached would not have said is
// garbage: the connection must then be closed, since no later byte can be trusted. Blanks may stand at the end of a line
// and be more than one between words: 1.6.10 to 1.6.17 answer `HD `, and `HD  kKEY` where flags are returned.
//
// One parser serves one connection. Values and messages are slices of the input chunk.
#pragma once

#include "base/input_buffer.hpp"
#include "base/parse_status.hpp"
#include "model/request.hpp"
#include "model/response.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace tandem::protocol::meta {

enum class reply_code : std::uint8_t {
  value,         // VA
  done,          // HD
  miss,          // EN
  not_found,     // NF
  not_stored,    // NS
  exists,        // EX
  debug,         // ME: message has what is known of the item
  no_operation,  // MN
  ok,            // OK, of flush_all
  error,         // ERROR: the server does not know the command
  client_error,  // CLIENT_ERROR
  server_error,  // SERVER_ERROR
};

struct reply {
  reply_code code = reply_code::done;
  std::uint32_t flags = 0;
  std::uint64_t cas = 0;
  std::int64_t ttl = -1;  // seconds; -1: never expires, or not asked for
  std::uint32_t size = 0;
  std::uint32_t idle = 0;  // seconds
  bool fetched = false;
  bool won = false;           // W: this client is the one to recache the item
  bool stale = false;         // X
  bool claimed = false;       // Z: another client is to recache it
  std::size_t oversized = 0;  // bytes of a value that is larger than is kept, and gone
  base::slice value;
  base::slice message;  // of the errors and of ME: what stood behind the word
};

class reply_parser {
 public:
  /// Bytes of a reply's first line, its end not counted.
  static constexpr std::size_t line_max = 2048;

  /// A value above `value_max` bytes, the largest item that a server may hold, is garbage. One above `kept_max` is read
  /// past, and told as oversized: no room is made for it.
  reply_parser(std::size_t value_max, std::size_t kept_max) : value_max_(value_max), kept_max_(kept_max) {}

  base::parse_status next(base::input_buffer& input);

  /// Whatever stands before the next line end, or the first line_max bytes of it, as the message of a reply whose code
  /// means nothing: for an answer of somebody who may be no memcached.
  base::parse_status any_line(base::input_buffer& input);

  /// The reply that next() has found.
  reply&& take() { return std::move(reply_); }

 private:
  base::parse_status read_line(base::input_buffer& input);
  base::parse_status read_value(base::input_buffer& input);
  base::parse_status pass_value(base::input_buffer& input);

  std::size_t value_max_;
  std::size_t kept_max_;
  std::size_t searched_ = 0;             // unread bytes known to hold no newline
  std::optional<std::size_t> expected_;  // bytes of the value to come
  std::size_t passed_ = 0;               // bytes of it that were read past
  reply reply_;
};

/// What replies mean for the request that they answer. None if it is no answer to that verb, or leaves doubt
/// whether the server took a value for commands: garbage, too. Messages are the server's own words.
std::optional<model::response> to_response(model::request const& asked, std::span<reply> received);

}  // namespace tandem::protocol::meta
