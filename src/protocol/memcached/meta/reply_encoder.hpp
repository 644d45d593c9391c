// Writes replies of the meta protocol for clients, in memcached 1.6.38's exact words. The flags of an answer
// are those that the command asked for, in its order.
#pragma once

#include "base/output_buffer.hpp"
#include "model/request.hpp"
#include "model/response.hpp"
#include "protocol/memcached/meta/reply_flags.hpp"

#include <string_view>

namespace tandem::protocol::meta {

/// What is left of a command's line, as read_command() gives it.
struct said {
  reply_flags told;
  std::string_view opaque;
};

/// The whole reply to a command that was `as` said; nothing where q says so. Errors are always told.
void encode_reply(model::request const& asked, model::response const& answer, said const& as,
                  base::output_buffer& output);

}  // namespace tandem::protocol::meta
