#include "protocol/redis/verbs/answers.hpp"
#include "protocol/redis/verbs/arguments.hpp"
#include "protocol/redis/verbs/groups.hpp"

namespace tandem::protocol::redis {

void encode_touch(phrase const& said, command_writer& commands) {
  if (!said.how.script) return encode_getex(said, commands);
  call_script(said, *said.how.script, commands, renewal_of(said.asked.expires), compared_cas(said.asked));
}

std::optional<model::response> read_touch(phrase const& said, reply const& received) {
  return said.how.script ? read_status(said, received) : read_item(said, received);
}

}  // namespace tandem::protocol::redis
