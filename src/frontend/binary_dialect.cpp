#include "frontend/binary_dialect.hpp"

#include "protocol/memcached/binary/reply_encoder.hpp"

#include <string>
#include <string_view>

namespace tandem::frontend {

namespace binary = protocol::binary;

namespace {

base::slice slice_of(base::output_buffer const& output) { return base::slice::copy_of(output.str()); }

/// Takes the next line off `report`, without its end.
std::string_view take_line(std::string_view& report) {
  std::size_t const end = report.find("\r\n");
  std::string_view const line = report.substr(0, end);
  report.remove_prefix(end == std::string_view::npos ? report.size() : end + 2);
  return line;
}

}  // namespace

binary_dialect::binary_dialect(service const& shared)
    : statistics_(shared.statistics), parser_({shared.limits.value, shared.limits.key}) {}

bool binary_dialect::next(base::input_buffer& input, command_sink& to) {
  binary::event const event = parser_.next(input);
  if (event == binary::event::need_more) return false;
  tell(event, to);
  return true;
}

void binary_dialect::tell(binary::event event, command_sink& to) {
  switch (event) {
    case binary::event::need_more: return;
    case binary::event::request:
      return to.serve({binary::encode_reply, parser_.header()}, std::move(parser_.request()));
    case binary::event::local: return to.answer(local_answer());
    case binary::event::too_large:
      to.refuse({});
      return to.serve({render_said, status_packet()}, std::move(parser_.request()));
    case binary::event::error: return to.refuse(status_packet());
    case binary::event::hang_up:
      if (parser_.status() != binary::status_code::success) to.refuse(status_packet());
      if (parser_.status() == binary::status_code::success && !parser_.header().empty())
        to.answer(status_packet());
      return to.hang_up();
  }
}

base::slice binary_dialect::local_answer() const {
  switch (parser_.local()) {
    case binary::local_command::no_op: {
      // Often the end of every multi-get: without a buffer.
      auto const reply = binary::empty_reply(parser_.header());
      return base::slice::copy_of({reply.data(), reply.size()});
    }
    case binary::local_command::version: {
      base::output_buffer output;
      binary::encode_version(spoken_release, parser_.header(), output);
      return slice_of(output);
    }
    case binary::local_command::stat: return statistics();
  }
  return {};
}

/// The report's lines, STAT NAME VALUE each, as a packet each; a group that there is not is none.
base::slice binary_dialect::statistics() const {
  constexpr std::string_view prefix = "STAT ";
  std::string const report = statistics_.report(parser_.arguments());
  base::output_buffer output;
  std::string_view rest = report;
  std::string_view line = take_line(rest);
  for (; line.starts_with(prefix); line = take_line(rest)) {
    line.remove_prefix(prefix.size());
    std::size_t const name_end = line.find(' ');
    binary::encode_stat(line.substr(0, name_end), line.substr(name_end + 1), parser_.header(), output);
  }
  bool const known = line == "END";
  binary::encode_status(known ? binary::status_code::success : binary::status_code::not_found,
                        parser_.header(), output);
  return slice_of(output);
}

base::slice binary_dialect::status_packet() const {
  base::output_buffer output;
  binary::encode_status(parser_.status(), parser_.header(), output);
  return slice_of(output);
}

}  // namespace tandem::frontend
