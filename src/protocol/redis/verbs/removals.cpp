#include "protocol/redis/verbs/answers.hpp"
#include "protocol/redis/verbs/arguments.hpp"
#include "protocol/redis/verbs/groups.hpp"

namespace tandem::protocol::redis {

void encode_removal(phrase const& said, command_writer& commands) {
  model::request const& asked = said.asked;
  if (!said.how.script) return commands.command("DEL", said.how.key);
  if (!includes(asked.options, model::option::hollow))
    return call_script(said, *said.how.script, commands, compared_cas(asked));
  or_empty<std::array<char, 9>> stamp;
  if (asked.new_cas) stamp.word = stamp_bytes(said.how.stamp);
  call_script(said, *said.how.script, commands, compared_cas(asked), flags_bytes(asked.flags), stamp,
              expiry_of(asked.expires));
}

void encode_drop(phrase const& said, command_writer& commands) {
  call_script(said, script_name::drop, commands, cas_digits(said.how.number));
}

std::optional<model::response> read_removal(phrase const& said, reply const& received) {
  if (said.how.script) return read_status(said, received);
  if (!received.is(reply_kind::integer)) return std::nullopt;
  return model::response::of(received.number == 0 ? model::status::not_found : model::status::ok);
}

}  // namespace tandem::protocol::redis
