// Reads the command lines of the meta protocol that clients send: mg, ms, md, ma, me (mn has nothing to
// read). The words and errors are memcached 1.6.38's. The text parser calls this for a line of its own input,
// and reads the value that follows an ms.
//
// Flags that memcached takes and ignores with a command are ignored here, too.
#pragma once

#include "base/slice.hpp"
#include "model/request.hpp"
#include "protocol/memcached/meta/reply_flags.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace tandem::protocol::meta {

struct client_command {
  model::request request;
  std::optional<std::size_t> value_size;  // of ms: bytes that follow the line, their line end not counted
  reply_flags told;
  std::string_view opaque;  // the whole flag O, a part of the line; empty if there is none
  std::string_view error;   // to be answered instead, once what follows the line is swallowed; lives for ever
};

/// Whether `name` is a command that read_command() knows.
bool is_command(std::string_view name);

/// `line` is the command without its line end, and `name` its first word.
client_command read_command(base::slice const& line, std::string_view name, std::size_t key_max);

}  // namespace tandem::protocol::meta
