#include "frontend/text_dialect.hpp"

#include "frontend/statistics_reply.hpp"
#include "protocol/memcached/meta/reply_encoder.hpp"
#include "protocol/memcached/text/reply_encoder.hpp"

#include <fmt/core.h>

#include <string>

namespace tandem::frontend {

namespace meta = protocol::meta;
namespace text = protocol::text;

namespace {

void render(model::request const& asked, model::response const& answer, reply_form const&,
            base::output_buffer& output) {
  text::encode_reply(asked, answer, output);
}

void render_lone(model::request const& asked, model::response const& answer, reply_form const&,
                 base::output_buffer& output) {
  text::encode_lone_item(asked, answer, output);
}

void render_meta(model::request const& asked, model::response const& answer, reply_form const& form,
                 base::output_buffer& output) {
  meta::encode_reply(asked, answer, {form.told, form.said.view()}, output);
}

ending ending_of(text::closing why) {
  switch (why) {
    case text::closing::asked: return ending::quit;
    case text::closing::line_too_long: return ending::line_too_long;
    case text::closing::http: return ending::http;
  }
  return ending::quit;
}

}  // namespace

text_dialect::text_dialect(service const& shared, entrance const& by)
    : statistics_(shared.statistics),
      metrics_(shared.metrics),
      entrance_(by),
      parser_({shared.limits.value, shared.limits.key, shared.limits.line}) {}

bool text_dialect::next(base::input_buffer& input, command_sink& to) {
  text::event const event = parser_.next(input);
  if (event == text::event::need_more) return false;
  tell(event, to);
  return true;
}

/// As memcached words it, and says which bound it is.
void text_dialect::refuse_for_memory(base::input_buffer const&, command_sink& to) const {
  to.refuse(base::slice::of_static("SERVER_ERROR out of memory reading request (limits.memory)\r\n"));
}

void text_dialect::tell(text::event event, command_sink& to) {
  switch (event) {
    case text::event::need_more: return;
    case text::event::request: return serve({render}, to);
    case text::event::key: return serve({.render = render, .more_follows = true}, to);
    case text::event::lone_key:
      if (asks_for_cluster()) return answer_cluster("VALUE AmazonElastiCache:cluster", to);
      return serve({render_lone}, to);
    case text::event::meta:
      return serve({.render = render_meta,
                    .said = std::move(parser_.opaque()),
                    .origin = command_origin::meta,
                    .told = parser_.told()},
                   to);
    case text::event::end_of_keys: return to.answer(base::slice::of_static("END\r\n"));
    case text::event::local: return answer_locally(to);
    case text::event::too_large:
      count_refusal();
      to.refuse({});
      return serve({.render = render_said, .said = error_line(), .origin = command_origin::house}, to);
    case text::event::error: return refuse(to);
    case text::event::hang_up:
      if (!parser_.error_line().empty()) refuse(to);
      return to.hang_up(ending_of(parser_.why()));
  }
}

void text_dialect::serve(reply_form form, command_sink& to) {
  if (parser_.noreply()) form = {.render = render_nothing, .origin = form.origin};
  to.serve(std::move(form), std::move(parser_.request()));
}

void text_dialect::answer_locally(command_sink& to) const {
  switch (parser_.local()) {
    case text::local_command::version:
      return to.answer(base::slice::copy_of(fmt::format("VERSION {}\r\n", spoken_release)));
    case text::local_command::verbosity:
      if (!parser_.noreply()) to.answer(base::slice::of_static("OK\r\n"));
      return;
    case text::local_command::stats:
      return to.answer_late(text_statistics(statistics_, parser_.arguments(), entrance_.details()));
    case text::local_command::metadump: return to.answer(base::slice::of_static("END\r\n"));
    case text::local_command::cluster:
      if (!entrance_.announces()) return to.refuse(base::slice::of_static("ERROR\r\n"));
      return answer_cluster("CONFIG cluster", to);
    case text::local_command::no_operation: return to.answer(base::slice::of_static("MN\r\n"));
  }
}

/// As ElastiCache of memcached before 1.4.14 is asked, and as some clients still ask whatever the version.
bool text_dialect::asks_for_cluster() {
  if (!entrance_.announces()) return false;
  model::request const& asked = parser_.request();
  return asked.command == model::verb::get && asked.key.view() == "AmazonElastiCache:cluster";
}

void text_dialect::answer_cluster(std::string_view words, command_sink& to) const {
  std::string const cluster = entrance_.cluster();
  to.answer(base::slice::copy_of(fmt::format("{} 0 {}\r\n{}\r\nEND\r\n", words, cluster.size(), cluster)));
}

void text_dialect::count_refusal() const {
  switch (parser_.refused()) {
    case text::refused_value::none: return;
    case text::refused_value::too_large: return metrics_.value_too_large(parser_.refused_verb());
    case text::refused_value::bad_end: return metrics_.value_ended_badly(parser_.refused_verb());
  }
}

void text_dialect::refuse(command_sink& to) const {
  count_refusal();
  to.refuse(parser_.noreply() ? base::slice() : error_line());
}

base::slice text_dialect::error_line() const {
  return base::slice::copy_of(std::string(parser_.error_line()) + "\r\n");
}

}  // namespace tandem::frontend
