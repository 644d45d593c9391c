// Writes requests for a memcached server, in the meta protocol (flush: in the classic one, which alone has
// it). Every request is answered by replies_to() replies for meta::reply_parser, in order: nothing is quiet.
//
// A key with a space, a line feed or a NUL goes as base64. memcached takes 250 bytes of that, which is 186 of a key:
// a longer one of this kind goes as its SHA-256, so that only clients of this proxy find it.
#pragma once

#include "base/output_buffer.hpp"
#include "model/request.hpp"
#include "protocol/memcached/release.hpp"

#include <cstdint>

namespace tandem::protocol::meta {

/// One, or two where the answer is to tell whether the request made the item.
std::uint32_t replies_to(model::request const& asked);

/// Appends the request. Large values are referenced, not copied.
void encode(model::request const& asked, base::output_buffer& output);

/// Appends what is answered by as many replies, and does nothing.
void encode_nothing(model::request const& asked, base::output_buffer& output);

/// The releases that know every flag which newer_flag() names: those before 1.6.27 refuse x, and some of them E; before
/// 1.6.21 they take N and s of a storing command, and do not do what these ask for.
inline constexpr memcached_release newer_flags_since{1, 6, 27};

/// The flag of the request that an older memcached does not know; NUL if it has none.
inline char newer_flag(model::request const& asked) {
  if (asked.new_cas) return 'E';
  if (includes(asked.options, model::option::hollow)) return 'x';
  if (!model::extends(asked.command)) return '\0';
  if (asked.vivify) return 'N';
  return includes(asked.wanted, model::want::size) ? 's' : '\0';
}

}  // namespace tandem::protocol::meta
