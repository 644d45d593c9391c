#include "protocol/memcached/binary/request_parser.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace tandem::protocol::binary {
namespace {

using model::verb;
using model::want;

/// Times are unsigned on the wire, and memcached takes the upper half for far-off years. The other protocols
/// to servers have 32 bits with a sign, in which these would be over already: the last second that fits is
/// closest.
model::exptime read_exptime(std::string_view extras, std::size_t at) {
  constexpr std::uint32_t last = std::numeric_limits<std::int32_t>::max();
  return model::exptime(std::min(read_number<std::uint32_t>(extras, at), last));
}

}  // namespace

struct request_parser::sizes {
  std::size_t extras;
  std::size_t key;
  std::size_t body;

  explicit sizes(std::string_view header)
      : extras(read_number<std::uint8_t>(header, extras_size_at)),
        key(read_number<std::uint16_t>(header, key_size_at)),
        body(read_number<std::uint32_t>(header, body_size_at)) {}

  bool fit() const { return extras + key <= body; }
  std::size_t value() const { return body - extras - key; }
  std::size_t without_value() const { return header_size + extras + key; }
  std::size_t packet() const { return header_size + body; }
};

struct request_parser::packet {
  sizes const& lengths;
  base::slice bytes;

  std::string_view extras() const { return bytes.view().substr(header_size, lengths.extras); }
  base::slice key() const { return bytes.part(header_size + lengths.extras, lengths.key); }
  base::slice value() const { return bytes.part(lengths.without_value()); }

  /// 0 is none.
  std::optional<std::uint64_t> cas() const {
    auto const number = read_number<std::uint64_t>(bytes.view(), cas_at);
    return number == 0 ? std::nullopt : std::optional(number);
  }
};

struct request_parser::command {
  opcode code;
  bool (*fits)(sizes const&);
  event (request_parser::*read)(command const&, packet const&);  // none: an unknown command
  verb meaning = verb::get;
  want wanted = want::nothing;

  bool known() const { return read != nullptr; }
  static command const& of(opcode code);

 private:
  static command const table[];

  static bool bare(sizes const& lengths) { return lengths.body == 0; }
  static bool key(sizes const& lengths) {
    return lengths.extras == 0 && lengths.key > 0 && lengths.value() == 0;
  }
  static bool key_and_time(sizes const& lengths) {
    return lengths.extras == 4 && lengths.key > 0 && lengths.value() == 0;
  }
  static bool item(sizes const& lengths) { return lengths.extras == 8 && lengths.key > 0; }
  static bool key_and_value(sizes const& lengths) { return lengths.extras == 0 && lengths.key > 0; }
  static bool key_and_numbers(sizes const& lengths) {
    return lengths.extras == 20 && lengths.key > 0 && lengths.value() == 0;
  }
  static bool time_at_most(sizes const& lengths) {
    return (lengths.extras == 0 || lengths.extras == 4) && lengths.body == lengths.extras;
  }
  static bool key_at_most(sizes const& lengths) { return lengths.body == lengths.key; }
  static bool anything(sizes const&) { return true; }
};

constexpr request_parser::command request_parser::command::table[] = {
    {opcode::verbosity, anything, nullptr},  // the first stands for every opcode that has no row
    {opcode::get, key, &request_parser::retrieval, verb::get, want::value | want::cas},
    {opcode::get_q, key, &request_parser::retrieval, verb::get, want::value | want::cas},
    {opcode::get_k, key, &request_parser::retrieval, verb::get, want::value | want::cas},
    {opcode::get_kq, key, &request_parser::retrieval, verb::get, want::value | want::cas},
    {opcode::gat, key_and_time, &request_parser::retrieval, verb::get_and_touch, want::value | want::cas},
    {opcode::gat_q, key_and_time, &request_parser::retrieval, verb::get_and_touch, want::value | want::cas},
    {opcode::gat_k, key_and_time, &request_parser::retrieval, verb::get_and_touch, want::value | want::cas},
    {opcode::gat_kq, key_and_time, &request_parser::retrieval, verb::get_and_touch, want::value | want::cas},
    {opcode::touch, key_and_time, &request_parser::retrieval, verb::touch, want::cas},
    {opcode::set, item, &request_parser::storage, verb::set, want::cas},
    {opcode::set_q, item, &request_parser::storage, verb::set},
    {opcode::add, item, &request_parser::storage, verb::add, want::cas},
    {opcode::add_q, item, &request_parser::storage, verb::add},
    {opcode::replace, item, &request_parser::storage, verb::replace, want::cas},
    {opcode::replace_q, item, &request_parser::storage, verb::replace},
    {opcode::append, key_and_value, &request_parser::concatenation, verb::append, want::cas},
    {opcode::append_q, key_and_value, &request_parser::concatenation, verb::append},
    {opcode::prepend, key_and_value, &request_parser::concatenation, verb::prepend, want::cas},
    {opcode::prepend_q, key_and_value, &request_parser::concatenation, verb::prepend},
    {opcode::increment, key_and_numbers, &request_parser::arithmetic, verb::increment, want::cas},
    {opcode::increment_q, key_and_numbers, &request_parser::arithmetic, verb::increment},
    {opcode::decrement, key_and_numbers, &request_parser::arithmetic, verb::decrement, want::cas},
    {opcode::decrement_q, key_and_numbers, &request_parser::arithmetic, verb::decrement},
    {opcode::remove, key, &request_parser::removal, verb::remove},
    {opcode::remove_q, key, &request_parser::removal, verb::remove},
    {opcode::flush, time_at_most, &request_parser::flush, verb::flush},
    {opcode::flush_q, time_at_most, &request_parser::flush, verb::flush},
    {opcode::no_op, bare, &request_parser::no_op},
    {opcode::version, bare, &request_parser::version},
    {opcode::stat, key_at_most, &request_parser::stat},
    {opcode::quit, bare, &request_parser::quit},
    {opcode::quit_q, bare, &request_parser::quit},
    {opcode::sasl_list, bare, nullptr},
    {opcode::sasl_auth, key_and_value, nullptr},
    {opcode::sasl_step, key_and_value, nullptr},
};

request_parser::command const& request_parser::command::of(opcode code) {
  static constexpr auto rows = [] {
    std::array<std::uint8_t, 256> all{};
    for (std::size_t row = 0; row < std::size(table); ++row)
      all[static_cast<std::uint8_t>(table[row].code)] = static_cast<std::uint8_t>(row);
    return all;
  }();
  return table[rows[static_cast<std::uint8_t>(code)]];
}

event request_parser::next(base::input_buffer& input) {
  forget();
  if (closed_) return event::hang_up;
  if (!swallow(input)) return event::need_more;

  std::string_view const unread = input.unread();
  if (unread.size() < header_size) return event::need_more;
  if (read_number<std::uint8_t>(unread, 0) != request_magic)
    return hang_up(closing::malformed, status_code::success);
  sizes const lengths(unread);
  // As memcached does, even where the header alone would do to refuse the packet. This is 64 KiB at most.
  if (unread.size() < lengths.without_value()) {
    input.expect(lengths.without_value());
    return event::need_more;
  }
  return read_packet(lengths, input);
}

/// What the last packet leaves behind would keep its chunk alive on an idle connection.
void request_parser::forget() {
  request_ = model::request();
  header_ = arguments_ = base::slice();
}

bool request_parser::swallow(base::input_buffer& input) {
  std::size_t const count = std::min(swallow_, input.unread().size());
  input.consume(count);
  swallow_ -= count;
  return swallow_ == 0;
}

event request_parser::read_packet(sizes const& lengths, base::input_buffer& input) {
  header_ = input.peek(0, header_size);
  if (!lengths.fit()) return hang_up(closing::malformed, status_code::unknown_command);
  if (lengths.key > limits_.key_max) return hang_up(closing::malformed, status_code::invalid_arguments);
  command const& entry = command::of(opcode_of(header_.view()));
  if (!entry.fits(lengths)) return hang_up(closing::malformed, status_code::invalid_arguments);
  if (!entry.known() || lengths.value() > limits_.value_max) return refuse_body(entry, lengths, input);
  if (input.unread().size() < lengths.packet()) {
    header_ = base::slice();
    input.expect(lengths.packet());
    return event::need_more;
  }
  return (this->*entry.read)(entry, packet{lengths, input.take(lengths.packet())});
}

/// Its bytes are swallowed as they come. A set that fails must not leave the old value to be read as if it
/// had succeeded; the other storing commands leave the item as it is.
event request_parser::refuse_body(command const& entry, sizes const& lengths, base::input_buffer& input) {
  base::slice const head = input.take(lengths.without_value());
  swallow_ = lengths.value();
  status_ = entry.known() ? status_code::too_large : status_code::unknown_command;
  refused_verb_ = entry.meaning;
  if (!entry.known() || entry.meaning != verb::set) return event::error;
  request_.command = verb::remove;
  request_.wanted = want::nothing;
  request_.key = head.part(header_size + lengths.extras);
  return event::too_large;
}

event request_parser::retrieval(command const& entry, packet const& received) {
  request_.command = entry.meaning;
  request_.wanted = entry.wanted;
  request_.key = received.key();
  if (entry.meaning != verb::get) request_.expires = read_exptime(received.extras(), 0);
  return event::request;
}

/// With a cas every one of them is a check and set, in memcached too.
event request_parser::storage(command const& entry, packet const& received) {
  request_.compare_cas = received.cas();
  request_.command = request_.compare_cas ? verb::cas : entry.meaning;
  request_.wanted = entry.wanted;
  request_.flags = read_number<std::uint32_t>(received.extras(), 0);
  request_.expires = read_exptime(received.extras(), 4);
  request_.key = received.key();
  request_.value = received.value();
  return event::request;
}

event request_parser::concatenation(command const& entry, packet const& received) {
  request_.compare_cas = received.cas();
  request_.command = entry.meaning;
  request_.wanted = entry.wanted;
  request_.key = received.key();
  request_.value = received.value();
  return event::request;
}

event request_parser::arithmetic(command const& entry, packet const& received) {
  constexpr std::size_t time_at = 16;
  constexpr std::uint32_t make_none = 0xffffffff;
  std::string_view const extras = received.extras();
  request_.compare_cas = received.cas();
  request_.command = entry.meaning;
  request_.wanted = entry.wanted;
  request_.key = received.key();
  request_.delta = read_number<std::uint64_t>(extras, 0);
  if (read_number<std::uint32_t>(extras, time_at) == make_none) return event::request;
  request_.initial = read_number<std::uint64_t>(extras, 8);
  request_.vivify = read_exptime(extras, time_at);
  return event::request;
}

event request_parser::removal(command const& entry, packet const& received) {
  request_.compare_cas = received.cas();
  request_.command = entry.meaning;
  request_.wanted = entry.wanted;
  request_.key = received.key();
  return event::request;
}

event request_parser::flush(command const& entry, packet const& received) {
  request_.command = entry.meaning;
  request_.wanted = entry.wanted;
  if (!received.extras().empty()) request_.expires = read_exptime(received.extras(), 0);
  return event::request;
}

event request_parser::no_op(command const&, packet const&) {
  local_ = local_command::no_op;
  return event::local;
}

event request_parser::version(command const&, packet const&) {
  local_ = local_command::version;
  return event::local;
}

event request_parser::stat(command const&, packet const& received) {
  local_ = local_command::stat;
  arguments_ = received.key();
  return event::local;
}

event request_parser::quit(command const& entry, packet const&) {
  if (quiet(entry.code)) header_ = base::slice();
  return hang_up(closing::asked, status_code::success);
}

event request_parser::hang_up(closing why, status_code last) {
  closed_ = true;
  why_ = why;
  status_ = last;
  return event::hang_up;
}

}  // namespace tandem::protocol::binary
