#include "protocol/memcached/binary/reply_encoder.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace tandem::protocol::binary {
namespace {

using model::status;
using model::verb;

constexpr std::string_view words(status_code code) {
  switch (code) {
    case status_code::success: return "";
    case status_code::not_found: return "Not found";
    case status_code::exists: return "Data exists for key.";
    case status_code::too_large: return "Too large.";
    case status_code::invalid_arguments: return "Invalid arguments";
    case status_code::not_stored: return "Not stored.";
    case status_code::non_numeric: return "Non-numeric server-side value for incr or decr";
    case status_code::unknown_command: return "Unknown command";
    case status_code::out_of_memory: return "Out of memory (limits.memory)";
    case status_code::temporary_failure: return "Temporary failure";
  }
  return "";
}

/// What a header tells beyond what it repeats of the request's.
struct reply {
  status_code status = status_code::success;
  std::size_t extras = 0;  // bytes of each
  std::size_t key = 0;
  std::size_t value = 0;
  std::uint64_t cas = 0;
};

template <class Number>
void put(Number number, std::size_t at, std::array<char, header_size>& to) {
  auto const bytes = bytes_of(number);
  std::copy(bytes.begin(), bytes.end(), to.begin() + static_cast<std::ptrdiff_t>(at));
}

std::array<char, header_size> header_of(reply const& told, base::slice const& asked) {
  assert(asked.size() == header_size);
  std::array<char, header_size> header{};
  put(reply_magic, 0, header);
  put(static_cast<std::uint8_t>(opcode_of(asked.view())), opcode_at, header);
  put(static_cast<std::uint16_t>(told.key), key_size_at, header);
  put(static_cast<std::uint8_t>(told.extras), extras_size_at, header);
  put(static_cast<std::uint16_t>(told.status), status_at, header);
  put(static_cast<std::uint32_t>(told.extras + told.key + told.value), body_size_at, header);
  put(read_number<std::uint32_t>(asked.view(), opaque_at), opaque_at, header);
  put(told.cas, cas_at, header);
  return header;
}

void append_header(reply const& told, base::slice const& asked, base::output_buffer& output) {
  auto const header = header_of(told, asked);
  output.append(std::string_view(header.data(), header.size()));
}

template <class Number>
void append_bytes(Number number, base::output_buffer& output) {
  auto const bytes = bytes_of(number);
  output.append(std::string_view(bytes.data(), bytes.size()));
}

void encode_item(model::request const& asked, model::response const& item, base::slice const& header,
                 base::output_buffer& output) {
  reply told{.extras = sizeof item.flags, .value = item.value.size(), .cas = item.cas};
  bool const with_key = repeats_key(opcode_of(header.view()));
  if (with_key) told.key = asked.key.size();
  append_header(told, header, output);
  append_bytes(item.flags, output);
  if (with_key) output.append(asked.key.view());
  output.append(item.value);
}

void encode_success(model::request const& asked, model::response const& answer, base::slice const& header,
                    base::output_buffer& output) {
  switch (asked.command) {
    case verb::get:
    case verb::get_and_touch: return encode_item(asked, answer, header, output);
    case verb::touch:
      append_header({.extras = sizeof answer.flags, .cas = answer.cas}, header, output);
      return append_bytes(answer.flags, output);
    case verb::increment:
    case verb::decrement:
      append_header({.value = sizeof answer.number, .cas = answer.cas}, header, output);
      return append_bytes(answer.number, output);
    case verb::set:
    case verb::add:
    case verb::replace:
    case verb::append:
    case verb::prepend:
    case verb::cas: return append_header({.cas = answer.cas}, header, output);
    case verb::remove:
    case verb::debug:
    case verb::flush: return append_header({}, header, output);
  }
}

/// memcached's status for an item that is not there, or is, contrary to what the command asks for.
status_code unmet(verb command, status_code otherwise) {
  if (command == verb::add) return status_code::exists;
  if (command == verb::replace) return status_code::not_found;
  if (model::extends(command)) return status_code::not_stored;
  return otherwise;
}

/// A failed server is a temporary failure rather than an internal error, since clients such as spymemcached
/// drop the connection, with all that is under way, for the latter.
status_code status_of(verb command, model::status answered) {
  switch (answered) {
    case status::ok: return status_code::success;
    case status::not_found: return unmet(command, status_code::not_found);
    case status::not_stored: return unmet(command, status_code::not_stored);
    case status::exists: return status_code::exists;
    case status::non_numeric: return status_code::non_numeric;
    case status::too_large: return status_code::too_large;
    case status::client_error: return status_code::invalid_arguments;
    case status::server_error: return status_code::temporary_failure;
  }
  return status_code::temporary_failure;
}

void encode_failure(model::request const& asked, model::response const& answer, base::slice const& header,
                    base::output_buffer& output) {
  status_code const code = status_of(asked.command, answer.status);
  if (answer.status == status::not_found && repeats_key(opcode_of(header.view()))) {
    append_header({.status = code, .key = asked.key.size()}, header, output);
    return output.append(asked.key.view());
  }
  // Never without a body: libmemcached skips the errors of quiet commands only where there is one.
  if (!answer.failed() || answer.message.empty()) return encode_status(code, header, output);
  append_header({.status = code, .value = answer.message.size()}, header, output);
  output.append(answer.message);
}

}  // namespace

void encode_reply(model::request const& asked, model::response const& answer, base::slice const& header,
                  base::output_buffer& output) {
  bool const retrieves = model::retrieves(asked.command);
  // Clients that are told nothing of a flush that works do not expect anything if it fails, either: it is as with noreply.
  bool const untold = (answer.hit() ? !retrieves : retrieves) || asked.command == verb::flush;
  if (untold && quiet(opcode_of(header.view()))) return;
  if (answer.hit()) return encode_success(asked, answer, header, output);
  encode_failure(asked, answer, header, output);
}

void encode_status(status_code status, base::slice const& header, base::output_buffer& output) {
  append_header({.status = status, .value = words(status).size()}, header, output);
  output.append(words(status));
}

std::array<char, header_size> empty_reply(base::slice const& header) { return header_of({}, header); }

void encode_version(std::string_view version, base::slice const& header, base::output_buffer& output) {
  append_header({.value = version.size()}, header, output);
  output.append(version);
}

void encode_stat(std::string_view name, std::string_view value, base::slice const& header,
                 base::output_buffer& output) {
  append_header({.key = name.size(), .value = value.size()}, header, output);
  output.append(name);
  output.append(value);
}

}  // namespace tandem::protocol::binary
