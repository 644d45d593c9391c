#include "protocol/memcached/meta/reply_encoder.hpp"

#include "protocol/memcached/meta/base64.hpp"
#include "protocol/memcached/text/reply_encoder.hpp"
#include "protocol/memcached/words.hpp"

#include <string>
#include <string_view>

namespace tandem::protocol::meta {
namespace {

using model::status;
using model::verb;

/// A command's line, taken apart again.
struct asked_flags {
  std::string_view key;
  std::string_view flags;
  bool base64 = false;
  bool quiet = false;
  bool value = false;

  explicit asked_flags(std::string_view line) {
    std::string_view const name = take_word(line);
    key = take_word(line);
    if (name == "ms") take_word(line);
    flags = line;
    if (name == "me") {
      base64 = take_word(line) == "b";
      return;
    }
    for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
      base64 |= word.front() == 'b';
      quiet |= word.front() == 'q';
      value |= word.front() == 'v';
    }
  }
};

/// Calls `use(word)` for every flag, in the order asked.
template <class Use>
void for_each_flag(asked_flags const& as, Use use) {
  std::string_view rest = as.flags;
  for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) use(word);
}

void append_spelled(model::request const& asked, asked_flags const& as, base::output_buffer& output) {
  as.base64 ? append_base64(asked.key.view(), output) : output.append(as.key);
}

void append_key(model::request const& asked, asked_flags const& as, base::output_buffer& output) {
  output.append(" k");
  append_spelled(asked, as, output);
  if (as.base64) output.append(" b");
}

template <class Number>
void append_number(std::string_view flag, Number number, base::output_buffer& output) {
  output.append(flag);
  output.append_number(number);
}

/// What every answer gives back: the opaque and the key.
void append_echo(std::string_view word, model::request const& asked, asked_flags const& as,
                 base::output_buffer& output) {
  if (word.front() == 'k') append_key(asked, as, output);
  if (word.front() != 'O') return;
  output.append(" ");
  output.append(word);
}

void append_item_flag(std::string_view word, model::request const& asked, model::response const& item,
                      asked_flags const& as, base::output_buffer& output) {
  switch (word.front()) {
    case 's': return append_number(" s", item.size, output);
    case 't': return append_number(" t", item.ttl, output);
    case 'c': return append_number(" c", item.cas, output);
    case 'f': return append_number(" f", item.flags, output);
    case 'l': return append_number(" l", item.idle, output);
    case 'h': return output.append(item.fetched ? " h1" : " h0");
    default: return append_echo(word, asked, as, output);
  }
}

void encode_item(model::request const& asked, model::response const& item, asked_flags const& as,
                 base::output_buffer& output) {
  as.value ? append_number("VA ", item.value.size(), output) : output.append("HD");
  for_each_flag(as, [&](std::string_view word) { append_item_flag(word, asked, item, as, output); });
  if (item.claimed) output.append(" Z");
  if (item.stale) output.append(" X");
  if (item.won) output.append(" W");
  output.append("\r\n");
  if (!as.value) return;
  output.append(item.value);
  output.append("\r\n");
}

/// What ms tells as s: of what was not stored, too, and there the size that it would have had if it were not to be
/// added to anything.
std::size_t told_size(model::request const& asked, model::response const& answer) {
  bool const extends = asked.command == verb::append || asked.command == verb::prepend;
  return extends && answer.hit() ? answer.size : asked.value.size();
}

/// The answer to a storing command or a delete: a code and what was asked for. The cas of what was not stored is 0.
void encode_code(std::string_view code, model::request const& asked, model::response const& answer,
                 asked_flags const& as, base::output_buffer& output) {
  bool const stores = traits(asked.command).has_value;
  output.append(code);
  for_each_flag(as, [&](std::string_view word) {
    if (word.front() == 'c' && stores) append_number(" c", answer.hit() ? answer.cas : 0, output);
    if (word.front() == 's' && stores) append_number(" s", told_size(asked, answer), output);
    append_echo(word, asked, as, output);
  });
  output.append("\r\n");
}

void encode_number(model::request const& asked, model::response const& answer, asked_flags const& as,
                   base::output_buffer& output) {
  std::string const digits = std::to_string(answer.number);
  as.value ? append_number("VA ", digits.size(), output) : output.append("HD");
  for_each_flag(as, [&](std::string_view word) {
    if (word.front() == 't') append_number(" t", answer.ttl, output);
    if (word.front() == 'c') append_number(" c", answer.cas, output);
    append_echo(word, asked, as, output);
  });
  output.append("\r\n");
  if (!as.value) return;
  output.append(digits);
  output.append("\r\n");
}

void encode_success(model::request const& asked, model::response const& answer, asked_flags const& as,
                    base::output_buffer& output) {
  switch (asked.command) {
    case verb::get:
    case verb::get_and_touch:
    case verb::touch: return encode_item(asked, answer, as, output);
    case verb::increment:
    case verb::decrement:
      if (as.quiet && !answer.created) return;
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
      if (!as.quiet) encode_code("HD", asked, answer, as, output);
      return;
  }
}

void encode_miss(model::request const& asked, model::response const& answer, asked_flags const& as,
                 base::output_buffer& output) {
  bool const reads = asked.command == verb::get || asked.command == verb::get_and_touch;
  if (asked.command == verb::debug) return output.append("EN\r\n");
  if (!reads) return encode_code("NF", asked, answer, as, output);
  if (as.quiet) return;
  output.append("EN");
  for_each_flag(as, [&](std::string_view word) { append_echo(word, asked, as, output); });
  output.append("\r\n");
}

}  // namespace

void encode_reply(model::request const& asked, model::response const& answer, base::slice const& line,
                  base::output_buffer& output) {
  asked_flags const as(line.view());
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
