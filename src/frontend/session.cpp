#include "frontend/session.hpp"

#include "base/chunk.hpp"
#include "net/reactor.hpp"
#include "protocol/memcached/text/reply_encoder.hpp"

#include <algorithm>
#include <string>

namespace tandem::frontend {

namespace text = protocol::text;

namespace {

/// Requests in flight are allowed at least this many, however large the replies have been.
constexpr std::size_t in_flight_min = 8;

/// And this many before anything is known about the replies, so that a client which asks for large values in one
/// breath cannot have a thousand of them fetched before it takes the first.
constexpr std::size_t in_flight_at_first = 16;

}  // namespace

session::session(service& shared, int descriptor, owner& owner)
    : shared_(shared),
      owner_(owner),
      parser_({shared.limits.value, shared.limits.key, shared.limits.line}),
      replies_(*this, shared.replies),
      connection_(net::connection::adopt(shared.reactor, descriptor,
                                         {shared.counted.read_bytes, shared.counted.written_bytes}, *this)),
      window_(in_flight_at_first) {
  connection_.start_reading();
}

void session::drain() {
  draining_ = true;
  process();
}

void session::on_input() { process(); }

void session::on_end_of_input() {
  input_ended_ = true;
  process();
}

void session::on_output() {
  if (paused_) return process();
  end_if_done();
}

void session::on_closed(std::string_view) {
  phase_ = phase::finishing;
  replies_.drop_ready();
  end_if_done();
}

void session::on_reply() {
  if (processing_) return;
  if (paused_) return process();
  send_ready();
  end_if_done();
}

void session::on_answer(model::request const& asked, model::response const& answered) {
  shared_.counted.answered(asked, answered);
  ++window_;
}

void session::process() {
  if (processing_) return;
  processing_ = true;
  send_ready();
  bool more = true;
  while (more && phase_ == phase::serving) {
    if (owes_too_much()) {
      send_ready();
      // What is still owed wakes this session up: a reply that is awaited, or output that is to be written.
      if (owes_too_much()) break;
    }
    text::event const event = parser_.next(connection_.input());
    more = event != text::event::need_more;
    if (more) take(event);
    if (replies_.size() >= in_flight_min) send_ready();
  }
  send_ready();
  processing_ = false;
  if (draining_ && !more && phase_ == phase::serving) finish();
  bool const pause = more && phase_ == phase::serving;
  if (pause && !paused_) shared_.counted.paused_total.add();
  if (pause != paused_ && phase_ == phase::serving)
    pause ? connection_.stop_reading() : connection_.start_reading();
  paused_ = pause;
  end_if_done();
}

bool session::owes_too_much() const {
  if (connection_.open() && connection_.output().size() > shared_.limits.output) return true;
  if (replies_.empty()) return false;
  if (base::chunk::bytes_in_use() + shared_.replies.in_flight > shared_.buffer_bytes_max) return true;
  std::size_t const by_size = shared_.limits.output / (replies_.expected_reply_size() + 1);
  return replies_.size() >= std::clamp(std::min(by_size, window_), in_flight_min, shared_.limits.pipeline);
}

void session::take(text::event event) {
  switch (event) {
    case text::event::need_more: return;
    case text::event::request: return serve(text::encode_reply);
    case text::event::lone_key: return serve(text::encode_lone_item);
    case text::event::end_of_keys: return replies_.push_line(base::slice::of_static("END\r\n"));
    case text::event::local: return answer_locally();
    case text::event::too_large:
      shared_.counted.protocol_errors.add();
      return serve(text::encode_reply, base::slice::copy_of(std::string(parser_.error_line()) + "\r\n"));
    case text::event::error: return answer_line(parser_.error_line());
    case text::event::hang_up:
      if (!parser_.error_line().empty()) answer_line(parser_.error_line());
      return finish();
  }
}

void session::serve(render_function render, base::slice instead_of_response) {
  bool const silent = parser_.noreply();
  reply_queue::slot& slot = replies_.push_request(silent ? render_nothing : render);
  if (!silent) slot.line = std::move(instead_of_response);
  slot.request = std::move(parser_.request());
  slot.answering = shared_.root.handle(slot.request, shared_.context);
  replies_.start(slot);
}

void session::answer_locally() {
  std::string reply;
  switch (parser_.local()) {
    case text::local_command::version: reply = shared_.statistics.version_line(); break;
    case text::local_command::verbosity: reply = "OK\r\n"; break;
    case text::local_command::stats: reply = shared_.statistics.report(parser_.arguments()); break;
  }
  if (!parser_.noreply()) replies_.push_line(base::slice::copy_of(reply));
}

void session::answer_line(std::string_view line) {
  shared_.counted.protocol_errors.add();
  if (!parser_.noreply()) replies_.push_line(base::slice::copy_of(std::string(line) + "\r\n"));
}

void session::send_ready() {
  if (!connection_.open()) return replies_.drop_ready();
  replies_.render_ready(connection_.output());
  if (!connection_.output().empty()) connection_.flush_later();
}

void session::finish() {
  phase_ = phase::finishing;
  connection_.stop_reading();
}

void session::end_if_done() {
  if (processing_ || phase_ == phase::over || !replies_.empty()) return;
  if (phase_ == phase::serving && !(input_ended_ && !paused_)) return;
  if (connection_.open() && !connection_.output().empty()) return;
  phase_ = phase::over;
  connection_.close();
  owner_.on_session_end(*this);
}

}  // namespace tandem::frontend
