// Writes replies of the meta protocol for clients, in memcached 1.6.38's exact words. The flags of an answer
// are those that the command asked for, in its order; so the command's line is kept until then.
#pragma once

#include "base/output_buffer.hpp"
#include "base/slice.hpp"
#include "model/request.hpp"
#include "model/response.hpp"

namespace tandem::protocol::meta {

/// The whole reply to a command that read_command() made of `line`; nothing where q says so. Errors are always
/// told.
void encode_reply(model::request const& asked, model::response const& answer, base::slice const& line,
                  base::output_buffer& output);

}  // namespace tandem::protocol::meta
