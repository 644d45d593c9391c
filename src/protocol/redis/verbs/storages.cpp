#include "protocol/redis/verbs/answers.hpp"
#include "protocol/redis/verbs/arguments.hpp"
#include "protocol/redis/verbs/groups.hpp"

namespace tandem::protocol::redis {

using model::verb;

namespace {

std::optional<std::string_view> condition_of(verb command) {
  if (command == verb::add) return "NX";
  if (command == verb::replace) return "XX";
  return std::nullopt;
}

}  // namespace

void encode_storage(phrase const& said, command_writer& commands) {
  model::request const& asked = said.asked;
  stored_item const item(said, asked.expires, asked.value);
  expiry const when = expiry_of(asked.expires);
  if (said.how.script) {
    call_script(said, *said.how.script, commands, compared_cas(asked), item.word(), when);
  } else {
    commands.command("SET", said.how.key, item.word(), condition_of(asked.command), when);
  }
}

std::optional<model::response> read_storage(phrase const& said, reply const& received) {
  if (said.how.script) return read_status(said, received);
  if (received.is_status("OK")) return stored(said);
  bool const conditional = said.asked.command != verb::set;
  if (received.is(reply_kind::nil) && conditional) return model::response::of(model::status::not_stored);
  return std::nullopt;
}

}  // namespace tandem::protocol::redis
