// Reads what a client of the binary protocol sends, packet by packet. Does no I/O: after each read the
// session calls next() until it answers need_more. Each other event owes the client its reply, in this order,
// made with header() by the reply encoder, which also knows which packets are quiet.
//
// One parser serves one connection. Header, key and value are slices of the input chunk, so that they may
// outlive the parser; arguments() is valid until the next call of next().
#pragma once

#include "base/input_buffer.hpp"
#include "model/limits.hpp"
#include "model/request.hpp"
#include "protocol/memcached/binary/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem::protocol::binary {

struct parser_limits {
  std::size_t value_max = 1024 * 1024;        // bytes of one value
  std::size_t key_max = model::key_size_max;  // bytes of one key
};

enum class event : std::uint8_t {
  need_more,  // the input holds no whole packet
  request,    // request() is to be executed and answered
  local,      // local() is for the session to answer
  too_large,  // execute request(), a delete of the old item, and answer status() instead of its response
  error,      // answer status(); the connection goes on
  hang_up,    // answer status() unless header() is empty, and close; next() is not called again
};

/// Why hang_up.
enum class closing : std::uint8_t {
  asked,      // Quit, QuitQ
  malformed,  // nothing that follows can be told apart any more
};

/// What is about this server rather than about an item.
enum class local_command : std::uint8_t {
  no_op,    // success, after all that came before it
  version,  // a number
  stat,  // a packet per statistic and an empty one; the group is in arguments(), empty for the general ones
};

class request_parser {
 public:
  explicit request_parser(parser_limits limits) : limits_(limits) {}

  /// Takes the next packet from the front of `input`.
  event next(base::input_buffer& input);

  /// Whether a packet was refused whose rest is still to come.
  bool midway() const { return swallow_ != 0; }

  /// The session may move it away.
  model::request& request() { return request_; }

  /// Of the packet that the event is about: 24 bytes for the reply encoder.
  base::slice const& header() const { return header_; }

  local_command local() const { return local_; }
  closing why() const { return why_; }
  std::string_view arguments() const { return arguments_.view(); }

  status_code status() const { return status_; }
  /// The storing command that is refused, where status() is too_large.
  model::verb refused_verb() const { return refused_verb_; }

 private:
  struct command;
  struct packet;
  struct sizes;

  void forget();
  bool swallow(base::input_buffer& input);
  event read_packet(sizes const& lengths, base::input_buffer& input);
  event refuse_body(command const& entry, sizes const& lengths, base::input_buffer& input);

  // One per kind of command, called with its whole packet.
  event retrieval(command const& entry, packet const& received);
  event storage(command const& entry, packet const& received);
  event concatenation(command const& entry, packet const& received);
  event arithmetic(command const& entry, packet const& received);
  event removal(command const& entry, packet const& received);
  event flush(command const& entry, packet const& received);
  event no_op(command const& entry, packet const& received);
  event version(command const& entry, packet const& received);
  event stat(command const& entry, packet const& received);
  event quit(command const& entry, packet const& received);

  event hang_up(closing why, status_code last);

  parser_limits limits_;
  bool closed_ = false;
  local_command local_ = local_command::no_op;
  closing why_ = closing::asked;
  status_code status_ = status_code::success;
  model::verb refused_verb_ = model::verb::set;
  std::size_t swallow_ = 0;  // bytes of a refused body that are still to come
  model::request request_;
  base::slice header_;
  base::slice arguments_;
};

}  // namespace tandem::protocol::binary
