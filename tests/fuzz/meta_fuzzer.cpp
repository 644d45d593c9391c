// What a client of the meta protocol sends; and of the first line the replies to it,
// and the request for a server that it becomes.
#include "fuzz/client_reader.hpp"
#include "protocol/memcached/meta/client_command.hpp"
#include "protocol/memcached/meta/reply_encoder.hpp"
#include "protocol/memcached/meta/request_encoder.hpp"
#include "protocol/memcached/text/request_parser.hpp"
#include "protocol/memcached/words.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

namespace fuzz = tandem::fuzz;
namespace meta = tandem::protocol::meta;
namespace model = tandem::model;
namespace text = tandem::protocol::text;
using tandem::base::output_buffer;
using tandem::base::slice;

text::request_parser make_parser() {
  return text::request_parser({.value_max = 8 << 20, .key_max = 250, .line_max = 4096});
}

model::response answer_with(model::status status) {
  model::response made = model::response::of(status);
  made.value = slice::of_static("value");
  return made;
}

/// Nothing, or one line and perhaps the value.
void check_reply(meta::client_command const& read, model::status status) {
  output_buffer output;
  meta::encode_reply(read.request, answer_with(status), {read.told, read.opaque}, output);
  std::string const reply = output.str();
  if (reply.empty()) return;
  std::size_t const end = reply.find("\r\n");
  if (end == std::string::npos) fuzz::fail("a reply without an end");
  bool const with_value = reply.starts_with("VA ");
  if (!with_value && end + 2 != reply.size()) fuzz::fail("a reply of more than one line");
  if (with_value && !reply.ends_with("\r\n")) fuzz::fail("a value without an end");
}

void check_request_line(model::request const& asked) {
  output_buffer output;
  meta::encode(asked, output);
  std::string const sent = output.str();
  std::string_view line(sent);
  if (meta::replies_to(asked) == 2) line.remove_prefix(line.find('\n') + 1);
  if (line.find('\n') + 1 != line.size() && !traits(asked.command).has_value)
    fuzz::fail("a request of more than one line");
  if (line.substr(0, line.find('\n')).size() > 2048) fuzz::fail("a line that a server hangs up on");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::check_every_way<fuzz::client_reader<make_parser, text::local_command::stats>>(data, size);
  std::string_view first(reinterpret_cast<char const*>(data), size);
  first = first.substr(0, first.find_first_of(std::string_view("\n\0", 2)));
  std::string_view rest = first;
  std::string_view const name = tandem::protocol::take_word(rest);
  if (!meta::is_command(name)) return 0;
  slice const line = slice::copy_of(first);
  std::string_view const kept =
      line.view().substr(static_cast<std::size_t>(name.data() - first.data()), name.size());
  meta::client_command const read = meta::read_command(line, kept, 250);
  if (!read.error.empty()) return 0;
  fuzz::check_request(read.request);
  using model::status;
  for (status const each :
       {status::ok, status::not_found, status::not_stored, status::exists, status::too_large})
    check_reply(read, each);
  check_request_line(read.request);
  return 0;
}
