#include "protocol/redis/verbs/answers.hpp"
#include "protocol/redis/verbs/arguments.hpp"
#include "protocol/redis/verbs/groups.hpp"

#include <fmt/format.h>

namespace tandem::protocol::redis {

using model::verb;

namespace {

/// Whether PTTL goes before: the time that remains is as it was.
bool asks_ttl_first(model::request const& asked) {
  return asks_ttl(asked) && includes(asked.options, model::option::ttl_first);
}

/// What `me` tells: memcached's names, for what Redis knows of them.
std::string described(model::response const& item) {
  return fmt::format("exp={} cas={} size={}", item.ttl, item.cas, item.size);
}

model::response oversized(std::uint64_t bytes) {
  auto answer = model::response::of(model::status::too_large);
  answer.size = static_cast<std::uint32_t>(bytes);
  return answer;
}

}  // namespace

bool asks_ttl(model::request const& asked) {
  if (asked.command == verb::debug) return true;
  return model::retrieves(asked.command) && includes(asked.wanted, model::want::ttl);
}

void encode_retrieval(phrase const& said, command_writer& commands) {
  model::request const& asked = said.asked;
  base::slice const& key = said.how.key;
  bool const ttl_first = asks_ttl_first(asked);
  if (ttl_first) commands.command("PTTL", key);
  asked.command == verb::get_and_touch ? encode_getex(said, commands) : commands.command("GET", key);
  if (asks_ttl(asked) && !ttl_first) commands.command("PTTL", key);
}

void encode_getex(phrase const& said, command_writer& commands) {
  expiry const when = expiry_of(said.asked.expires);
  when ? commands.command("GETEX", said.how.key, when) : commands.command("GETEX", said.how.key, "PERSIST");
}

std::optional<model::response> read_retrieval(phrase const& said, std::span<reply const> replies) {
  model::request const& asked = said.asked;
  if (replies.size() == 1) return read_item(said, replies.front());
  bool const ttl_first = includes(asked.options, model::option::ttl_first);
  reply const& ttl = ttl_first ? replies.front() : replies.back();
  if (!ttl.is(reply_kind::integer)) return std::nullopt;
  auto answer = read_item(said, ttl_first ? replies.back() : replies.front());
  if (!answer || !answer->hit()) return answer;
  answer->ttl = seconds_left(ttl.number);
  if (asked.command == verb::debug) answer->value = base::slice::copy_of(described(*answer));
  return answer;
}

std::optional<model::response> read_item(phrase const& said, reply const& found) {
  if (found.is(reply_kind::nil)) return model::response::of(model::status::not_found);
  if (found.is(reply_kind::oversized)) return oversized(static_cast<std::uint64_t>(found.number));
  if (!found.is(reply_kind::string)) return std::nullopt;
  item const read = read_item(said.options.encoding, found.text);
  if (read.value.size() > said.options.value_max) return oversized(read.value.size());
  model::response answer;
  answer.flags = read.flags;
  answer.cas = read.cas;
  answer.value = read.value;
  answer.size = static_cast<std::uint32_t>(read.value.size());
  bool const tells_cas = includes(said.asked.wanted, model::want::cas) || said.asked.command == verb::debug;
  if (read.cas == 0 && tells_cas) answer.cas = content_cas(found.text.view());
  return answer;
}

}  // namespace tandem::protocol::redis
