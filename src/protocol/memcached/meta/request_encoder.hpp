// Writes requests for a memcached server, in the meta protocol (flush: in the classic one, which alone has
// it). Every request is answered by replies_to() replies for meta::reply_parser, in order: nothing is quiet.
//
// A key with a space, a line feed or a NUL goes as base64. memcached takes 250 bytes of that, which is 186 of a key:
// a longer one of this kind goes as its SHA-256, so that only clients of this proxy find it.
#pragma once

#include "base/output_buffer.hpp"
#include "model/request.hpp"

#include <cstdint>

namespace tandem::protocol::meta {

/// One, or two where the answer is to tell whether the request made the item.
std::uint32_t replies_to(model::request const& asked);

/// Appends the request. Large values are referenced, not copied.
void encode(model::request const& asked, base::output_buffer& output);

}  // namespace tandem::protocol::meta
