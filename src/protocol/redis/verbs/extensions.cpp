#include "protocol/redis/verbs/answers.hpp"
#include "protocol/redis/verbs/arguments.hpp"
#include "protocol/redis/verbs/groups.hpp"

namespace tandem::protocol::redis {

namespace {

/// Whether the script is to tell how large the value is then.
bool tells_size(model::request const& asked) { return includes(asked.wanted, model::want::size); }

bool read_size(phrase const& said, std::int64_t bytes, model::response& answer) {
  answer.size = static_cast<std::uint32_t>(bytes);
  return tells_size(said.asked);
}

}  // namespace

void encode_extension(phrase const& said, command_writer& commands) {
  model::request const& asked = said.asked;
  base::slice const no_value;
  stored_item const before_value(said, model::exptime(), no_value);
  std::optional<std::string_view> size;
  std::optional<std::tuple<joined, expiry>> made;  // if there is no item
  if (tells_size(asked) || asked.vivify) size = tells_size(asked) ? "size" : "";
  if (asked.vivify) made.emplace(before_value.word(), expiry_of(*asked.vivify));
  call_script(said, *said.how.script, commands, asked.value, stamp_bytes(said.how.stamp), compared_cas(asked),
              wanted_cas(asked), said.options.value_max, size, made);
}

std::optional<model::response> read_extension(phrase const& said, reply const& received) {
  return read_detailed(said, received, read_status, read_size);
}

}  // namespace tandem::protocol::redis
