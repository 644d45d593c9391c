#include "protocol/memcached/meta/reply_encoder.hpp"

#include "protocol/memcached/meta/base64.hpp"
#include "protocol/memcached/text/reply_encoder.hpp"

#include <string>
#include <string_view>

namespace tandem::protocol::meta {
namespace {

using model::status;
using model::verb;

void append_spelled(model::request const& asked, said const& as, base::output_buffer& output) {
  as.told.base64() ? append_base64(asked.key.view(), output) : output.append(asked.key.view());
}

void append_key(model::request const& asked, said const& as, base::output_buffer& output) {
  output.append(" k");
  append_spelled(asked, as, output);
  if (as.told.base64()) output.append(" b");
}

template <class Number>
void append_number(std::string_view flag, Number number, base::output_buffer& output) {
  output.append(flag);
  output.append_number(number);
}

/// What every answer gives back: the opaque and the key.
void append_echo(told what, model::request const& asked, said const& as, base::output_buffer& output) {
  if (what == told::key) append_key(asked, as, output);
  if (what != told::opaque) return;
  output.append(" ");
  output.append(as.opaque);
}

void append_item_flag(told what, model::request const& asked, model::response const& item, said const& as,
                      base::output_buffer& output) {
  switch (what) {
    case told::size: return append_number(" s", item.size, output);
    case told::ttl: return append_number(" t", item.ttl, output);
    case told::cas: return append_number(" c", item.cas, output);
    case told::flags: return append_number(" f", item.flags, output);
    case told::idle: return append_number(" l", item.idle, output);
    case told::fetched: return output.append(item.fetched ? " h1" : " h0");
    case told::key:
    case told::opaque: return append_echo(what, asked, as, output);
  }
}

void encode_item(model::request const& asked, model::response const& item, said const& as,
                 base::output_buffer& output) {
  bool const with_value = includes(asked.wanted, model::want::value);
  with_value ? append_number("VA ", item.value.size(), output) : output.append("HD");
  as.told.for_each([&](told what) { append_item_flag(what, asked, item, as, output); });
  if (item.claimed) output.append(" Z");
  if (item.stale) output.append(" X");
  if (item.won) output.append(" W");
  output.append("\r\n");
  if (!with_value) return;
  output.append(item.value);
  output.append("\r\n");
}

/// What ms tells as s: of what was not stored, too, and there the size that it would have had if it were not to be
/// added to anything.
std::size_t told_size(model::request const& asked, model::response const& answer) {
  return model::extends(asked.command) && answer.hit() ? answer.size : asked.value.size();
}

/// The answer to a storing command or a delete: a code and what was asked for. The cas of what was not stored is 0.
void encode_code(std::string_view code, model::request const& asked, model::response const& answer,
                 said const& as, base::output_buffer& output) {
  bool const stores = model::stores(asked.command);
  output.append(code);
  as.told.for_each([&](told what) {
    if (what == told::cas && stores) append_number(" c", answer.hit() ? answer.cas : 0, output);
    if (what == told::size && stores) append_number(" s", told_size(asked, answer), output);
    append_echo(what, asked, as, output);
  });
  output.append("\r\n");
}

void encode_number(model::request const& asked, model::response const& answer, said const& as,
                   base::output_buffer& output) {
  std::string const digits = std::to_string(answer.number);
  bool const with_value = includes(asked.wanted, model::want::value);
  with_value ? append_number("VA ", digits.size(), output) : output.append("HD");
  as.told.for_each([&](told what) {
    if (what == told::ttl) append_number(" t", answer.ttl, output);
    if (what == told::cas) append_number(" c", answer.cas, output);
    append_echo(what, asked, as, output);
  });
  output.append("\r\n");
  if (!with_value) return;
  output.append(digits);
  output.append("\r\n");
}

void encode_success(model::request const& asked, model::response const& answer, said const& as,
                    base::output_buffer& output) {
  switch (asked.command) {
    case verb::get:
    case verb::get_and_touch:
    case verb::touch: return encode_item(asked, answer, as, output);
    case verb::increment:
    case verb::decrement:
      if (as.told.quiet() && !answer.created) return;
      return encode_number(asked, answer, as, output);
    case verb::debug:
      output.append("ME ");
      append_spelled(asked, as, output);
      output.append(" ");
      output.append(answer.value);
      return output.append("\r\n");
    case verb::set:
    case verb::add:
    case verb::replace:
    case verb::append:
    case verb::prepend:
    case verb::cas:
    case verb::remove:
    case verb::flush:
      if (!as.told.quiet()) encode_code("HD", asked, answer, as, output);
      return;
  }
}

void encode_miss(model::request const& asked, model::response const& answer, said const& as,
                 base::output_buffer& output) {
  if (asked.command == verb::debug) return output.append("EN\r\n");
  if (!model::retrieves(asked.command)) return encode_code("NF", asked, answer, as, output);
  if (as.told.quiet()) return;
  output.append("EN");
  as.told.for_each([&](told what) { append_echo(what, asked, as, output); });
  output.append("\r\n");
}

}  // namespace

void encode_reply(model::request const& asked, model::response const& answer, said const& as,
                  base::output_buffer& output) {
  switch (answer.status) {
    case status::ok: return encode_success(asked, answer, as, output);
    case status::not_found: return encode_miss(asked, answer, as, output);
    case status::not_stored: return encode_code("NS", asked, answer, as, output);
    case status::exists: return encode_code("EX", asked, answer, as, output);
    case status::non_numeric:
    case status::too_large:
    case status::client_error:
    case status::server_error: return text::encode_failure(answer, output);
  }
}

}  // namespace tandem::protocol::meta
