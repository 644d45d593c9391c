#include "protocol/memcached/meta/request_encoder.hpp"

#include "model/limits.hpp"
#include "protocol/memcached/meta/base64.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace tandem::protocol::meta {
namespace {

using model::option;
using model::verb;
using model::want;

/// memcached's tokenizer stops at these and at nothing else: all other bytes go as they are, which is shorter
/// and leaves room for keys of the full length.
bool breaks_line(std::string_view key) {
  return std::any_of(key.begin(), key.end(), [](char byte) {
    // Almost all bytes of almost all keys are letters, digits and the like.
    return byte <= ' ' && (byte == ' ' || byte == '\n' || byte == '\0');
  });
}

/// A key that fits into no line goes as a digest of it. No text client can ask for that name by accident, since it
/// begins with a NUL.
std::string digest_of(std::string_view key) {
  std::string name("\0tandem\0", 8);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<unsigned char const*>(key.data()), key.size(), digest.data());
  return name.append(digest.begin(), digest.end());
}

/// The command's name and key. A storing command has the value's length between the key and its flags.
void append_head(std::string_view name, model::request const& asked, base::output_buffer& output) {
  std::string_view const key = asked.key.view();
  bool const base64 = breaks_line(key);
  output.append(name);
  if (!base64) output.append(key);
  if (base64) append_base64(base64_size(key.size()) <= model::key_size_max ? key : digest_of(key), output);
  if (model::stores(asked.command)) {
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

void append_new_cas(model::request const& asked, base::output_buffer& output) {
  if (asked.new_cas) append_flag(" E", *asked.new_cas, output);
}

void append_time(std::string_view flag, std::optional<model::exptime> const& time,
                 base::output_buffer& output) {
  if (time) append_flag(flag, time->wire(), output);
}

void append_if(bool wanted, std::string_view flag, base::output_buffer& output) {
  if (wanted) output.append(flag);
}

/// What mg is to tell besides, and to do. memcached does and tells one after the other.
void append_retrieval_flags(model::request const& asked, base::output_buffer& output) {
  bool const ttl = includes(asked.wanted, want::ttl);
  bool const ttl_first = includes(asked.options, option::ttl_first);
  bool const recache_first = includes(asked.options, option::recache_first);
  append_if(ttl && ttl_first, " t", output);
  if (recache_first) append_time(" R", asked.recache, output);
  if (asked.command != verb::get) append_flag(" T", asked.expires.wire(), output);
  append_time(" N", asked.vivify, output);
  if (!recache_first) append_time(" R", asked.recache, output);
  append_if(ttl && !ttl_first, " t", output);
  append_if(includes(asked.wanted, want::size), " s", output);
  append_if(includes(asked.wanted, want::fetched), " h", output);
  append_if(includes(asked.wanted, want::idle), " l", output);
  append_if(includes(asked.options, option::unseen), " u", output);
  append_new_cas(asked, output);
}

/// Whether nothing is asked for but the item, with or without its cas.
bool plain_retrieval(model::request const& asked) {
  return asked.command == verb::get && without(asked.wanted, want::cas) == want::value &&
         asked.options == option::none && !asked.vivify && !asked.recache && !asked.new_cas;
}

void encode_retrieval(model::request const& asked, base::output_buffer& output) {
  append_head("mg ", asked, output);
  if (plain_retrieval(asked))
    return output.append(includes(asked.wanted, want::cas) ? " v f c\r\n" : " v f\r\n");
  append_if(includes(asked.wanted, want::value), " v", output);
  output.append(" f");
  append_if(includes(asked.wanted, want::cas), " c", output);
  append_retrieval_flags(asked, output);
  output.append("\r\n");
}

void encode_touch(model::request const& asked, base::output_buffer& output) {
  append_head("mg ", asked, output);
  append_if(includes(asked.wanted, want::cas), " f c", output);
  append_flag(" T", asked.expires.wire(), output);
  output.append("\r\n");
}

/// Flags and time of an item stay when it is appended to, and its size is the server's to tell.
void encode_storage(model::request const& asked, std::string_view mode, base::output_buffer& output) {
  bool const extends = model::extends(asked.command);
  append_head("ms ", asked, output);
  if (!extends) append_flag(" T", asked.expires.wire(), output);
  if (extends) append_time(" N", asked.vivify, output);
  if (!extends || asked.vivify) append_flag(" F", asked.flags, output);
  append_if(extends && includes(asked.wanted, want::size), " s", output);
  append_compare(asked, output);
  append_new_cas(asked, output);
  append_if(includes(asked.options, option::invalidate), " I", output);
  append_if(includes(asked.wanted, want::cas), " c", output);
  output.append(mode);
  output.append("\r\n");
  output.append(asked.value);
  output.append("\r\n");
}

/// Whether the item has to be made is known only if it is looked for just before: by me, since mg would claim a
/// stale item, and hold on to one that could be changed in place.
void encode_arithmetic(model::request const& asked, std::string_view mode, base::output_buffer& output) {
  if (includes(asked.wanted, want::created)) {
    append_head("me ", asked, output);
    output.append("\r\n");
  }
  bool const ttl = includes(asked.wanted, want::ttl);
  bool const ttl_first = includes(asked.options, option::ttl_first);
  append_head("ma ", asked, output);
  output.append(" v");
  append_flag(" D", asked.delta, output);
  append_if(ttl && ttl_first, " t", output);
  if (includes(asked.options, option::renew)) append_flag(" T", asked.expires.wire(), output);
  append_time(" N", asked.vivify, output);
  if (asked.vivify) append_flag(" J", asked.initial, output);
  append_if(ttl && !ttl_first, " t", output);
  append_compare(asked, output);
  append_new_cas(asked, output);
  append_if(includes(asked.wanted, want::cas), " c", output);
  output.append(mode);
  output.append("\r\n");
}

void encode_removal(model::request const& asked, base::output_buffer& output) {
  append_head("md ", asked, output);
  append_compare(asked, output);
  append_new_cas(asked, output);
  append_if(includes(asked.options, option::invalidate), " I", output);
  if (includes(asked.options, option::hollow)) append_flag(" x F", asked.flags, output);
  bool const timed = includes(asked.options, option::renew) || asked.expires != model::exptime();
  if (timed) append_flag(" T", asked.expires.wire(), output);
  output.append("\r\n");
}

void encode_debug(model::request const& asked, base::output_buffer& output) {
  append_head("me ", asked, output);
  output.append("\r\n");
}

void encode_flush(model::request const& asked, base::output_buffer& output) {
  output.append("flush_all");
  if (asked.expires != model::exptime()) append_flag(" ", asked.expires.wire(), output);
  output.append("\r\n");
}

}  // namespace

std::uint32_t replies_to(model::request const& asked) {
  return includes(asked.wanted, want::created) ? 2 : 1;
}

void encode_nothing(model::request const& asked, base::output_buffer& output) {
  for (std::uint32_t each = 0; each < replies_to(asked); ++each) output.append("mn\r\n");
}

void encode(model::request const& asked, base::output_buffer& output) {
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
    case verb::debug: return encode_debug(asked, output);
    case verb::flush: return encode_flush(asked, output);
  }
}

}  // namespace tandem::protocol::meta
