#include "frontend/binary_dialect.hpp"

#include "frontend/statistics_reply.hpp"
#include "protocol/memcached/binary/reply_encoder.hpp"

namespace tandem::frontend {

namespace binary = protocol::binary;
using origin = command_origin;

namespace {

void render(model::request const& asked, model::response const& answer, reply_form const& form,
            base::output_buffer& output) {
  binary::encode_reply(asked, answer, form.said, output);
}

base::slice slice_of(base::output_buffer const& output) { return base::slice::copy_of(output.str()); }

}  // namespace

binary_dialect::binary_dialect(service const& shared, net::server_details told)
    : statistics_(shared.statistics),
      metrics_(shared.metrics),
      details_(told),
      parser_({shared.limits.value, shared.limits.key}) {}

bool binary_dialect::next(base::input_buffer& input, command_sink& to) {
  binary::event const event = parser_.next(input);
  if (event == binary::event::need_more) return false;
  tell(event, to);
  return true;
}

void binary_dialect::refuse_for_memory(base::input_buffer const& input, command_sink& to) const {
  if (input.unread().size() < binary::header_size) return;
  base::output_buffer output;
  binary::encode_status(binary::status_code::out_of_memory, input.peek(0, binary::header_size), output);
  to.refuse(slice_of(output));
}

void binary_dialect::tell(binary::event event, command_sink& to) {
  switch (event) {
    case binary::event::need_more: return;
    case binary::event::request:
      return to.serve({.render = render, .said = parser_.header(), .origin = origin::binary},
                      std::move(parser_.request()));
    case binary::event::local: return answer_locally(to);
    case binary::event::too_large:
      metrics_.value_too_large(parser_.refused_verb());
      to.refuse({});
      return to.serve({.render = render_said, .said = status_packet(), .origin = origin::house},
                      std::move(parser_.request()));
    case binary::event::error:
      if (parser_.status() == binary::status_code::too_large)
        metrics_.value_too_large(parser_.refused_verb());
      return to.refuse(status_packet());
    case binary::event::hang_up:
      if (parser_.status() != binary::status_code::success) to.refuse(status_packet());
      if (parser_.status() == binary::status_code::success && !parser_.header().empty())
        to.answer(status_packet());
      return to.hang_up(parser_.why() == binary::closing::asked ? ending::quit : ending::malformed);
  }
}

void binary_dialect::answer_locally(command_sink& to) const {
  switch (parser_.local()) {
    case binary::local_command::no_op: {
      // Often the end of every multi-get: without a buffer.
      auto const reply = binary::empty_reply(parser_.header());
      return to.answer(base::slice::copy_of({reply.data(), reply.size()}));
    }
    case binary::local_command::version: {
      base::output_buffer output;
      binary::encode_version(spoken_release, parser_.header(), output);
      return to.answer(slice_of(output));
    }
    case binary::local_command::stat:
      return to.answer_late(binary_statistics(statistics_, parser_.arguments(), details_, parser_.header()));
  }
}

base::slice binary_dialect::status_packet() const {
  base::output_buffer output;
  binary::encode_status(parser_.status(), parser_.header(), output);
  return slice_of(output);
}

}  // namespace tandem::frontend
