// What replies to several groups of verbs mean. None: they make no sense.
#pragma once

#include "model/response.hpp"
#include "protocol/redis/reply.hpp"
#include "protocol/redis/translation_terms.hpp"

#include <cstdint>
#include <optional>

namespace tandem::protocol::redis {

/// Of an item that is now as the request wanted it.
model::response stored(phrase const& said);

/// The status by which a script tells what came of it.
std::optional<model::response> read_status(phrase const& said, reply const& received);

using reply_reader = std::optional<model::response>(phrase const& said, reply const& received);
/// False if it was not asked for.
using number_reader = bool(phrase const& said, std::int64_t number, model::response& answer);

/// The plain reply alone, or an array of it and what else was asked for: a number, or the item's cas in sixteen digits.
std::optional<model::response> read_detailed(phrase const& said, reply const& received,
                                             reply_reader read_plain, number_reader read_number);

/// PTTL's answer in seconds, of a key that was there a moment ago.
std::int64_t seconds_left(std::int64_t pttl);

}  // namespace tandem::protocol::redis
