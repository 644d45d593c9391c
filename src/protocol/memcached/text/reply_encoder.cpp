#include "protocol/memcached/text/reply_encoder.hpp"

#include <algorithm>
#include <array>

namespace tandem::protocol::text {
namespace {

using model::status;
using model::verb;

void encode_item(model::request const& asked, model::response const& item, base::output_buffer& output) {
  output.append("VALUE ");
  output.append(asked.key.view());
  output.append(" ");
  output.append_number(item.flags);
  output.append(" ");
  output.append_number(item.value.size());
  if (includes(asked.wanted, model::want::cas)) {
    output.append(" ");
    output.append_number(item.cas);
  }
  output.append("\r\n");
  output.append(item.value);
  output.append("\r\n");
}

void encode_success(model::request const& asked, model::response const& answer, base::output_buffer& output) {
  switch (asked.command) {
    case verb::get:
    case verb::get_and_touch: return encode_item(asked, answer, output);
    case verb::touch: return encode_line("TOUCHED", output);
    case verb::set:
    case verb::add:
    case verb::replace:
    case verb::append:
    case verb::prepend:
    case verb::cas: return encode_line("STORED", output);
    case verb::increment:
    case verb::decrement: output.append_number(answer.number); return output.append("\r\n");
    case verb::remove: return encode_line("DELETED", output);
    case verb::debug: return;
    case verb::flush: return encode_line("OK", output);
  }
}

/// A server's words must neither end the line early nor run on for ever.
void encode_message(std::string_view word, std::string_view message, base::output_buffer& output) {
  constexpr std::size_t message_max = 512;
  std::array<char, message_max> printable;
  std::size_t const size = std::min(message.size(), message_max);
  std::replace_copy_if(
      message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size), printable.begin(),
      [](char byte) { return static_cast<unsigned char>(byte) < ' ' || byte == '\x7f'; }, ' ');
  output.append(word);
  encode_line(std::string_view(printable.data(), size), output);
}

void encode_status(model::request const& asked, model::response const& answer, base::output_buffer& output) {
  switch (answer.status) {
    case status::ok: return encode_success(asked, answer, output);
    case status::not_found: return encode_line("NOT_FOUND", output);
    case status::not_stored: return encode_line("NOT_STORED", output);
    case status::exists: return encode_line("EXISTS", output);
    case status::non_numeric:
    case status::too_large:
    case status::client_error:
    case status::server_error: return encode_failure(answer, output);
  }
}

}  // namespace

void encode_reply(model::request const& asked, model::response const& answer, base::output_buffer& output) {
  if (retrieves(asked.command) && !answer.hit()) return;
  encode_status(asked, answer, output);
}

void encode_lone_item(model::request const& asked, model::response const& answer,
                      base::output_buffer& output) {
  bool const found = answer.status == status::ok;
  bool const missed = answer.status == status::not_found;
  if (!missed) encode_status(asked, answer, output);
  if (found || missed) encode_end(output);
}

void encode_failure(model::response const& answer, base::output_buffer& output) {
  if (answer.status == status::non_numeric)
    return encode_line("CLIENT_ERROR cannot increment or decrement non-numeric value", output);
  if (answer.status == status::too_large)
    return encode_line("SERVER_ERROR object too large for cache", output);
  bool const ours = answer.status == status::server_error;
  encode_message(ours ? "SERVER_ERROR " : "CLIENT_ERROR ", answer.message.view(), output);
}

void encode_end(base::output_buffer& output) { encode_line("END", output); }

void encode_line(std::string_view line, base::output_buffer& output) {
  output.append(line);
  output.append("\r\n");
}

}  // namespace tandem::protocol::text
