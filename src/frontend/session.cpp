#include "frontend/session.hpp"

#include "base/chunk.hpp"
#include "frontend/entrance.hpp"
#include "frontend/without_addresses.hpp"
#include "net/reactor.hpp"

#include <algorithm>

namespace tandem::frontend {

namespace {

/// Requests in flight are allowed at least this many, however large the replies have been.
constexpr std::size_t in_flight_min = 8;

/// And this many before anything is known about the replies, so that a client which asks for large values in one
/// breath cannot have a thousand of them fetched before it takes the first.
constexpr std::size_t in_flight_at_first = 16;

/// Part of an answer is sent by itself when it has this many bytes: fewer can wait for the rest, without which the
/// client cannot go on, and spare a write.
constexpr std::size_t part_min = 16 * 1024;

/// Requests get along with less memory from this part of its bound on; before, that is not worth the copying.
constexpr std::size_t sparing_part = 4;

/// A client that has been hung up on while it was sending gets so long to read why.
constexpr std::chrono::milliseconds linger_time{1000};

/// Whether the client is likely to be sending still: closing a socket with input unread would take the last reply back.
bool sends_on(ending why) {
  return why == ending::line_too_long || why == ending::http || why == ending::malformed;
}

}  // namespace

session::session(service& shared, entrance const& by, int descriptor, owner& owner)
    : shared_(shared),
      entrance_(by),
      number_(++shared.sessions_made),
      owner_(owner),
      replies_(*this, shared.replies),
      connection_(net::connection::adopt(shared.reactor, descriptor,
                                         {shared.counted.read_bytes, shared.counted.written_bytes}, *this)),
      window_(in_flight_at_first) {
  connection_.start_reading();
  watch_for_idleness();
}

void session::drain() {
  draining_ = true;
  process();
}

void session::on_input() {
  if (phase_ == phase::lingering) {
    connection_.input() = base::input_buffer();
    return;
  }
  // Not even a key that waits for its answer is to hold a whole chunk then.
  if (base::chunk::bytes_in_use() > shared_.buffer_bytes_max / sparing_part) connection_.input().settle();
  take_turn();
}

void session::on_end_of_input() {
  if (phase_ == phase::lingering) return end();
  input_ended_ = true;
  take_turn();
}

void session::on_output() {
  if (waits()) return;
  if (paused_) return take_turn();
  if (phase_ == phase::finishing || input_ended_) disarm();
  watch_for_idleness();
  end_if_done();
}

void session::on_turn() { take_turn(); }

void session::on_closed(std::string_view) {
  if (phase_ == phase::lingering) return end();
  ending const lost = connection_.peer_vanished() ? ending::unresponsive : ending::broken;
  finish(input_ended_ ? ending::closed : lost);
  replies_.drop_ready();
  end_if_done();
}

void session::on_reply() {
  if (processing_ || waits()) return;
  if (paused_) return process();
  send_ready();
  watch_for_idleness();
  end_if_done();
}

void session::on_answer(model::request const& asked, model::response& answered, command_origin from) {
  shared_.counted.answered(asked, answered, from);
  if (answered.failed() && entrance_.details() == net::server_details::names)
    answered.message = base::slice::copy_of(without_addresses(answered.message.view()));
  ++window_;
}

void session::take_turn() {
  turn_.begin(replied());
  process();
}

/// Takes what has come in, within this session's turn. Replies wake a session that owed too much within the same turn, so
/// that they cannot give it one after another.
void session::process() {
  if (processing_ || waits()) return;
  processing_ = true;
  send_ready();
  bool more = true;
  while (more && phase_ == phase::serving && !turn_.over()) {
    if (owes_too_much()) {
      send_ready();
      // What is still owed wakes this session up: a reply that is awaited, or output that is to be written.
      if (owes_too_much()) break;
    }
    more = take_command();
    if (more) turn_.count(shared_.reactor.running_clock(), replied());
    if (replies_.size() >= in_flight_min) send_ready();
  }
  send_ready();
  processing_ = false;
  if (draining_ && !more && phase_ == phase::serving) finish(ending::drain);
  if (!more) connection_.input().settle();
  hold_up(more && phase_ == phase::serving);
  watch_for_a_stall();
  watch_for_idleness();
  end_if_done();
}

/// Whether there is `more` to take, which waits for what this session owes, or else for its next turn.
void session::hold_up(bool more) {
  bool const owes = more && owes_too_much();
  if (owes && !paused_) shared_.counted.paused_total.add();
  paused_ = owes;
  if (more && !owes) {
    shared_.counted.turns_cut_total.add();
    shared_.turns.join(*this);
  }
  if (phase_ != phase::serving || held_up() != reads_) return;
  reads_ = !held_up();
  reads_ ? connection_.start_reading() : connection_.stop_reading();
}

bool session::owes_too_much() const {
  if (connection_.open() && connection_.output().size() > shared_.limits.output) return true;
  if (replies_.empty()) return false;
  if (base::chunk::bytes_in_use() + shared_.replies.in_flight > shared_.buffer_bytes_max) return true;
  std::size_t const by_size = shared_.limits.output / (replies_.expected_reply_size() + 1);
  return replies_.size() >= std::clamp(std::min(by_size, window_), in_flight_min, shared_.limits.pipeline);
}

bool session::take_command() {
  base::input_buffer& input = connection_.input();
  if (!dialect_ && !input.unread().empty())
    dialect_ = make_dialect(input.unread().front(), shared_, entrance_);
  bool const taken = dialect_ && dialect_->next(input, *this);
  commands_ += taken;
  return taken;
}

void session::serve(reply_form form, model::request&& asked) {
  reply_queue::slot& slot = replies_.push_request(std::move(form));
  slot.request = std::move(asked);
  slot.request.client = number_;
  slot.answering = shared_.root.handle(slot.request, shared_.context);
  replies_.start(slot);
}

void session::answer(base::slice line) { replies_.push_line(std::move(line)); }

/// Made from the figures of all workers, which takes as long as many commands do.
void session::answer_late(std::unique_ptr<late_reply> reply) {
  replies_.push_late(std::move(reply));
  turn_.end();
}

void session::refuse(base::slice line) {
  shared_.counted.protocol_errors.add();
  if (!line.empty()) replies_.push_line(std::move(line));
}

void session::hang_up(ending why) { finish(why); }

bool session::midway() { return dialect_ && (dialect_->midway() || !connection_.input().unread().empty()); }

/// The time runs while the client has the word: in the middle of a command, and not paused. It starts anew with each
/// command, and when the present one has got on.
void session::watch_for_a_stall() {
  constexpr std::uint64_t getting_on = 16 * 1024;
  if (phase_ != phase::serving || input_ended_) return;
  if (!midway() || held_up()) return disarm();
  bool const got_on =
      commands_ != commands_watched_ || connection_.received() - received_watched_ >= getting_on;
  if (armed() && !idle_ && !got_on) return;
  idle_ = false;
  commands_watched_ = commands_;
  received_watched_ = connection_.received();
  lose_patience_after(shared_.limits.receive_timeout);
}

/// The time runs between commands, while nothing is owed to the client.
void session::watch_for_idleness() {
  std::chrono::milliseconds const time = shared_.limits.idle_timeout;
  if (time.count() == 0 || phase_ != phase::serving || input_ended_ || held_up() || midway()) return;
  idle_ = replies_.empty() && connection_.output().empty();
  idle_ ? lose_patience_after(time) : disarm();
}

void session::lose_patience_after(std::chrono::milliseconds time) {
  shared_.reactor.arm(*this, shared_.reactor.now() + time);
}

void session::on_deadline() {
  if (phase_ == phase::lingering) return end();
  bool const has_the_word = phase_ == phase::serving && !input_ended_;
  bool const stalled = has_the_word && !idle_;
  if (stalled) shared_.counted.stalled_total.add();
  finish(stalled ? ending::stalled : has_the_word ? ending::idle : ending::not_reading);
  if (!has_the_word) connection_.close();
  end_if_done();
}

void session::send_ready() {
  if (!connection_.open()) return replies_.drop_ready();
  replies_.render_ready(connection_.output());
  std::size_t const size = connection_.output().size();
  if (size >= (replies_.midway() ? part_min : 1)) connection_.flush_later();
}

void session::finish(ending why) {
  if (phase_ == phase::over) return;
  if (phase_ == phase::serving) why_ = why;
  phase_ = phase::finishing;
  leave();
  disarm();
  connection_.stop_reading();
  connection_.input() = base::input_buffer();
}

void session::end_if_done() {
  bool const past = phase_ == phase::over || phase_ == phase::lingering;
  if (processing_ || past || !replies_.empty()) return;
  if (phase_ == phase::serving && !(input_ended_ && !held_up())) return;
  if (connection_.open() && !connection_.output().empty()) {
    if (!armed()) lose_patience_after(shared_.limits.receive_timeout);
    return;
  }
  if (sends_on(why_) && connection_.open() && !input_ended_) return linger();
  end();
}

void session::linger() {
  phase_ = phase::lingering;
  connection_.end_output();
  connection_.start_reading();
  lose_patience_after(linger_time);
}

void session::end() {
  phase_ = phase::over;
  disarm();
  connection_.close();
  shared_.counted.ended(why_);
  owner_.on_session_end(*this);
}

}  // namespace tandem::frontend
