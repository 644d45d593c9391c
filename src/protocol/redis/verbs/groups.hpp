// Verbs by what Redis is told to do for them; translation.hpp has the table. Each group has a source of its name: how its
// commands are written, and how replies without errors are read, which gives none if they make no sense.
#pragma once

#include "model/response.hpp"
#include "protocol/redis/command_writer.hpp"
#include "protocol/redis/reply.hpp"
#include "protocol/redis/translation_terms.hpp"

#include <optional>
#include <span>

namespace tandem::protocol::redis {

// retrievals.cpp: get, get_and_touch, debug; by GETEX and its answer also a touch

/// Whether PTTL goes with the request, in the same write. Only with what may be executed twice: should PTTL alone be
/// sent elsewhere, both go there.
bool asks_ttl(model::request const& asked);
void encode_retrieval(phrase const& said, command_writer& commands);
void encode_getex(phrase const& said, command_writer& commands);
std::optional<model::response> read_retrieval(phrase const& said, std::span<reply const> replies);
std::optional<model::response> read_item(phrase const& said, reply const& found);

// touches.cpp: touch, by a script, or as get_and_touch

void encode_touch(phrase const& said, command_writer& commands);
std::optional<model::response> read_touch(phrase const& said, reply const& received);

// storages.cpp: set, add, replace, cas

void encode_storage(phrase const& said, command_writer& commands);
std::optional<model::response> read_storage(phrase const& said, reply const& received);

// extensions.cpp: append, prepend

void encode_extension(phrase const& said, command_writer& commands);
std::optional<model::response> read_extension(phrase const& said, reply const& received);

// counts.cpp: increment, decrement

void encode_count(phrase const& said, command_writer& commands);
std::optional<model::response> read_count(phrase const& said, reply const& received);

// removals.cpp: remove, and what a refused set has to remove

void encode_removal(phrase const& said, command_writer& commands);
void encode_drop(phrase const& said, command_writer& commands);
std::optional<model::response> read_removal(phrase const& said, reply const& received);

}  // namespace tandem::protocol::redis
