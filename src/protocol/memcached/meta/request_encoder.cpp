#include "protocol/memcached/meta/request_encoder.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace tandem::protocol::meta {
namespace {

using model::verb;
using model::want;

/// What memcached accepts as a key, in base64 or not.
constexpr std::size_t token_max = 250;

constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

/// memcached's tokenizer stops at these and at nothing else: all other bytes go as they are, which is shorter
/// and leaves room for keys of the full length.
bool breaks_line(std::string_view key) {
  return key.find_first_of(std::string_view(" \n\0", 3)) != std::string_view::npos;
}

/// RFC 4648, section 4. The key must be encodable.
void append_base64(std::string_view bytes, base::output_buffer& output) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<char, base64_size(token_max)> text;
  auto end = text.begin();
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 3))) {
    std::uint32_t group = 0;
    for (std::size_t at = 0; at < 3; ++at) {
      group = group << 8 | (at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u);
    }
    *end++ = alphabet[group >> 18];
    *end++ = alphabet[group >> 12 & 63];
    *end++ = bytes.size() > 1 ? alphabet[group >> 6 & 63] : '=';
    *end++ = bytes.size() > 2 ? alphabet[group & 63] : '=';
  }
  output.append(std::string_view(text.begin(), end));
}

/// The command's name and key. A storing command has the value's length between the key and its flags.
void append_head(std::string_view name, model::request const& asked, base::output_buffer& output) {
  std::string_view const key = asked.key.view();
  bool const base64 = breaks_line(key);
  output.append(name);
  if (base64) {
    append_base64(key, output);
  } else {
    output.append(key);
  }
  if (traits(asked.command).has_value) {
    output.append(" ");
    output.append_number(asked.value.size());
  }
  if (base64) output.append(" b");
}

template <class Number>
void append_flag(std::string_view flag, Number number, base::output_buffer& output) {
  output.append(flag);
  output.append_number(number);
}

void append_compare(model::request const& asked, base::output_buffer& output) {
  if (asked.compare_cas) append_flag(" C", *asked.compare_cas, output);
}

void encode_retrieval(model::request const& asked, base::output_buffer& output) {
  append_head("mg ", asked, output);
  output.append(" v f");
  if (includes(asked.wanted, want::cas)) output.append(" c");
  if (includes(asked.wanted, want::ttl)) output.append(" t");
  if (asked.command == verb::get_and_touch) append_flag(" T", asked.expires.wire(), output);
  output.append("\r\n");
}

void encode_touch(model::request const& asked, base::output_buffer& output) {
  append_head("mg ", asked, output);
  append_flag(" T", asked.expires.wire(), output);
  output.append("\r\n");
}

/// Flags and time of an item stay when it is appended to.
void encode_storage(model::request const& asked, std::string_view mode, base::output_buffer& output) {
  bool const whole = asked.command != verb::append && asked.command != verb::prepend;
  append_head("ms ", asked, output);
  if (whole) append_flag(" T", asked.expires.wire(), output);
  if (whole) append_flag(" F", asked.flags, output);
  append_compare(asked, output);
  if (includes(asked.wanted, want::cas)) output.append(" c");
  output.append(mode);
  output.append("\r\n");
  output.append(asked.value);
  output.append("\r\n");
}

void encode_arithmetic(model::request const& asked, std::string_view mode, base::output_buffer& output) {
  append_head("ma ", asked, output);
  output.append(" v");
  append_flag(" D", asked.delta, output);
  if (asked.initial) append_flag(" N", asked.expires.wire(), output);
  if (asked.initial) append_flag(" J", *asked.initial, output);
  append_compare(asked, output);
  if (includes(asked.wanted, want::cas)) output.append(" c");
  output.append(mode);
  output.append("\r\n");
}

void encode_removal(model::request const& asked, base::output_buffer& output) {
  append_head("md ", asked, output);
  append_compare(asked, output);
  output.append("\r\n");
}

void encode_flush(model::request const& asked, base::output_buffer& output) {
  output.append("flush_all");
  if (asked.expires != model::exptime()) append_flag(" ", asked.expires.wire(), output);
  output.append("\r\n");
}

}  // namespace

bool encodable(std::string_view key) {
  if (key.empty() || key.size() > token_max) return false;
  return !breaks_line(key) || base64_size(key.size()) <= token_max;
}

void encode(model::request const& asked, base::output_buffer& output) {
  assert(asked.command == verb::flush || encodable(asked.key.view()));
  switch (asked.command) {
    case verb::get:
    case verb::get_and_touch: return encode_retrieval(asked, output);
    case verb::touch: return encode_touch(asked, output);
    case verb::set:
    case verb::cas: return encode_storage(asked, "", output);
    case verb::add: return encode_storage(asked, " ME", output);
    case verb::replace: return encode_storage(asked, " MR", output);
    case verb::append: return encode_storage(asked, " MA", output);
    case verb::prepend: return encode_storage(asked, " MP", output);
    case verb::increment: return encode_arithmetic(asked, "", output);
    case verb::decrement: return encode_arithmetic(asked, " MD", output);
    case verb::remove: return encode_removal(asked, output);
    case verb::flush: return encode_flush(asked, output);
  }
}

}  // namespace tandem::protocol::meta
