// ASKING stands in front of each command of a request and has replies of its own. Here they are counted, and
// taken out.
#pragma once

#include "protocol/redis/command_writer.hpp"
#include "protocol/redis/reply.hpp"

#include <cstdint>
#include <utility>

namespace tandem::protocol::redis {

constexpr std::uint32_t replies_expected(std::uint32_t commands, preamble before) {
  return before == preamble::asking ? 2 * commands : commands;
}

/// Leaves the replies to the commands in a container of both. Where ASKING was refused, its error is the
/// command's: it says more than what the node answered then.
template <class Replies>
void strip_preambles(Replies& received, preamble before) {
  if (before == preamble::none) return;
  std::size_t const commands = received.size() / 2;
  for (std::size_t command = 0; command < commands; ++command) {
    std::size_t const preamble = 2 * command;
    std::size_t const telling = received[preamble].is_error() ? preamble : preamble + 1;
    std::swap(received[command], received[telling]);
  }
  received.resize(commands);
}

}  // namespace tandem::protocol::redis
