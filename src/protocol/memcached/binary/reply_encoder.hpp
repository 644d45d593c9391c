// Writes replies of the binary protocol, in memcached's exact words. The session calls one of these for each
// event of the request_parser, with the header of the packet that is answered: it tells the opcode, and with
// it what is to be kept quiet, and the client's opaque.
#pragma once

#include "base/output_buffer.hpp"
#include "base/slice.hpp"
#include "model/request.hpp"
#include "model/response.hpp"
#include "protocol/memcached/binary/packet.hpp"

#include <array>
#include <string_view>

namespace tandem::protocol::binary {

/// The reply to a request, or nothing, by the opcode in `header`:
///
///   | opcode                | success | miss               | failure                              |
///   |-----------------------|---------|--------------------|--------------------------------------|
///   | Get GAT               | told    | told               | told                                 |
///   | GetK GATK             | told    | told, with its key | told                                 |
///   | GetQ GetKQ GATQ GATKQ | told    | nothing            | nothing: one key must spoil no other |
///   | the other quiet ones  | nothing | told               | told                                 |
///   | all the rest          | told    | told               | told                                 |
///
/// Of `asked` only the command and the key are read.
void encode_reply(model::request const& asked, model::response const& answer, base::slice const& header,
                  base::output_buffer& output);

/// Success without a body, which also is the last packet of statistics; or an error with memcached's words
/// for it. Told whatever the opcode.
void encode_status(status_code status, base::slice const& header, base::output_buffer& output);

/// Success without a body.
std::array<char, header_size> empty_reply(base::slice const& header);

void encode_version(std::string_view version, base::slice const& header, base::output_buffer& output);

/// One statistic. encode_status(success) ends them.
void encode_stat(std::string_view name, std::string_view value, base::slice const& header,
                 base::output_buffer& output);

}  // namespace tandem::protocol::binary
