// Writes requests for a memcached server, in the meta protocol (flush: in the classic one, which alone has
// it). Every request is answered by exactly one reply for meta::reply_parser, in order: nothing is quiet.
#pragma once

#include "base/output_buffer.hpp"
#include "model/request.hpp"

#include <string_view>

namespace tandem::protocol::meta {

/// Whether a memcached server can be sent this key. One of 1 to 250 bytes can, unless it holds a space, a
/// line feed or a NUL, and is longer than 186 bytes: it then has to go as base64, of which memcached takes
/// 250 bytes at most.
bool encodable(std::string_view key);

/// Appends the request. The key must be encodable. Large values are referenced, not copied.
void encode(model::request const& asked, base::output_buffer& output);

}  // namespace tandem::protocol::meta
