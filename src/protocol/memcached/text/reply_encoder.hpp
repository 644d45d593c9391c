// Writes replies of the classic text protocol, in memcached's exact words. The session calls one of these for
// each event of the request_parser, except where noreply() says that nothing is owed.
#pragma once

#include "base/output_buffer.hpp"
#include "model/request.hpp"
#include "model/response.hpp"

#include <string_view>

namespace tandem::protocol::text {

/// The whole reply to any request but a retrieval; for a retrieval the item of this one key, and nothing for
/// a miss or an error, so that one failed key spoils no other. Of `asked` only the command, the key and
/// `wanted` are read. Messages are cut at 512 bytes, and control characters in them become spaces.
void encode_reply(model::request const& asked, model::response const& answer, base::output_buffer& output);

/// The whole reply to a retrieval of one key: here an error has nobody else's reply to spoil, and is told.
void encode_lone_item(model::request const& asked, model::response const& answer,
                      base::output_buffer& output);

/// The line for a response that is an error, whatever was asked.
void encode_failure(model::response const& answer, base::output_buffer& output);

/// The END of a retrieval.
void encode_end(base::output_buffer& output);

/// A ready line without its end, such as request_parser::error_line().
void encode_line(std::string_view line, base::output_buffer& output);

}  // namespace tandem::protocol::text
