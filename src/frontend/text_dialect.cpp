#include "frontend/text_dialect.hpp"

#include "protocol/memcached/meta/reply_encoder.hpp"
#include "protocol/memcached/text/reply_encoder.hpp"

#include <fmt/core.h>

#include <string>

namespace tandem::frontend {

namespace meta = protocol::meta;
namespace text = protocol::text;

namespace {

void render(model::request const& asked, model::response const& answer, base::slice const&,
            base::output_buffer& output) {
  text::encode_reply(asked, answer, output);
}

void render_lone(model::request const& asked, model::response const& answer, base::slice const&,
                 base::output_buffer& output) {
  text::encode_lone_item(asked, answer, output);
}

}  // namespace

text_dialect::text_dialect(service const& shared)
    : statistics_(shared.statistics), parser_({shared.limits.value, shared.limits.key, shared.limits.line}) {}

bool text_dialect::next(base::input_buffer& input, command_sink& to) {
  text::event const event = parser_.next(input);
  if (event == text::event::need_more) return false;
  tell(event, to);
  return true;
}

void text_dialect::tell(text::event event, command_sink& to) {
  switch (event) {
    case text::event::need_more: return;
    case text::event::request: return serve({render}, to);
    case text::event::key: return serve({.render = render, .more_follows = true}, to);
    case text::event::lone_key: return serve({render_lone}, to);
    case text::event::meta: return serve({meta::encode_reply, parser_.line()}, to);
    case text::event::end_of_keys: return to.answer(base::slice::of_static("END\r\n"));
    case text::event::local: return answer_locally(to);
    case text::event::too_large: to.refuse({}); return serve({render_said, error_line()}, to);
    case text::event::error: return refuse(to);
    case text::event::hang_up:
      if (!parser_.error_line().empty()) refuse(to);
      return to.hang_up();
  }
}

void text_dialect::serve(reply_form form, command_sink& to) {
  if (parser_.noreply()) form = {.render = render_nothing};
  to.serve(std::move(form), std::move(parser_.request()));
}

void text_dialect::answer_locally(command_sink& to) const {
  std::string reply;
  switch (parser_.local()) {
    case text::local_command::version: reply = fmt::format("VERSION {}\r\n", spoken_release); break;
    case text::local_command::verbosity: reply = "OK\r\n"; break;
    case text::local_command::stats: reply = statistics_.report(parser_.arguments()); break;
    case text::local_command::no_operation: return to.answer(base::slice::of_static("MN\r\n"));
  }
  if (!parser_.noreply()) to.answer(base::slice::copy_of(reply));
}

void text_dialect::refuse(command_sink& to) const {
  to.refuse(parser_.noreply() ? base::slice() : error_line());
}

base::slice text_dialect::error_line() const {
  return base::slice::copy_of(std::string(parser_.error_line()) + "\r\n");
}

}  // namespace tandem::frontend
