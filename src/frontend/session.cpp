#include "frontend/session.hpp"

#include "base/chunk.hpp"
#include "frontend/entrance.hpp"
#include "frontend/overload.hpp"
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

/// A client that has been hung up on while it was sending gets so long to read why.
constexpr std::chrono::milliseconds linger_time{1000};

/// Whether the client is likely to be sending still: closing a socket with input unread would take the last reply back.
bool sends_on(ending why) {
  return why == ending::line_too_long || why == ending::http || why == ending::malformed ||
         why == ending::memory;
}

}  // namespace

session::session(service& shared, entrance const& by, int descriptor, owner& owner)
    : shared_(shared),
      entrance_(by),
      number_(++shared.sessions_made),
      owner_(owner),
      tree_(shared.tree),
      replies_(*this, shared.replies, shared.reactor.clock()),
      connection_(net::connection::adopt(shared.reactor, descriptor,
                                         {shared.metrics.read_bytes, shared.metrics.written_bytes}, *this)),
      input_(connection_.input()),
      output_(connection_.output()),
      window_(in_flight_at_first),
      room_(shared.memory, *this),
      sending_(*this, shared.waited_for),
      taking_(*this, shared.waited_for) {
  connection_.start_reading();
  watch_for_idleness();
}

void session::drain() {
  draining_ = true;
  process();
}

void session::change_trees() {
  if (tree_ != shared_.tree && replies_.empty()) tree_ = shared_.tree;
}

void session::on_input() {
  if (phase_ == phase::lingering) {
    input_ = base::input_buffer();
    return;
  }
  // Not even a key that waits for its answer is to hold a whole chunk then.
  if (shared_.memory.sparing()) input_.settle();
  turn_.heavy() ? wait_for_turn() : take_turn();
}

void session::on_end_of_input() {
  if (phase_ == phase::lingering) return end();
  input_ended_ = true;
  take_turn();
}

/// A client that takes what it is sent gets one turn after another, with those of others in between.
void session::on_output() {
  watch_for_a_reader();
  if (waits()) return;
  if (paused_ && !room_.waits() && !owes_too_much()) return wait_for_turn();
  watch_for_idleness();
  end_if_done();
}

void session::on_turn() { take_turn(); }
void session::on_room() { take_turn(); }
void session::on_no_room() { run_out_of_memory(); }

void session::on_closed(std::string_view) {
  if (phase_ == phase::lingering) return end();
  ending const lost = connection_.peer_vanished() ? ending::unresponsive : ending::broken;
  finish(input_ended_ ? ending::closed : lost);
  replies_.drop_ready();
  end_if_done();
}

void session::on_reply() {
  if (processing_ || waits()) return;
  if (paused_ && !room_.waits()) return process();
  if (connection_.open() && !connection_.congested()) return connection_.flush_later();
  send_ready();
  watch_for_idleness();
  end_if_done();
}

/// All replies that have come in one batch are rendered together.
bool session::on_flush() {
  if (!waits()) render_ready();
  bool const writes = worth_a_write();
  if (!writes && output_.empty()) {
    watch_for_idleness();
    end_if_done();
  }
  return writes;
}

void session::on_answer(model::request const& asked, model::response& answered, command_origin from) {
  shared_.metrics.answered(asked, answered, from);
  if (answered.failed() && entrance_.details() == net::server_details::names)
    answered.message = base::slice::copy_of(without_addresses(answered.message.view()));
  ++window_;
}

/// The client has said its part: its time does not run while it waits.
void session::wait_for_turn() {
  if (waits()) return;
  shared_.reactor.turns().join(*this);
  if (std::exchange(reads_, false)) connection_.stop_reading();
  watch_for_a_stall();
  watch_for_idleness();
}

void session::take_turn() {
  turn_.begin(shared_.reactor.now(), replied());
  process();
}

/// Takes what has come in, within this session's turn. Replies wake a session that owed too much within the same turn, so
/// that they cannot give it one after another.
void session::process() {
  if (processing_ || waits() || room_.waits()) return;
  processing_ = true;
  send_ready();
  bool more = true;
  while (more && phase_ == phase::serving && !turn_.over()) {
    if (owes_too_much()) {
      send_ready();
      // What is still owed wakes this session up: a reply that is awaited, or output that is to be written.
      if (owes_too_much()) break;
    }
    if (shared_.memory.is_short() && !room_for_reply()) break;
    more = take_command();
    if (more) {
      room_.give_up();
      turn_.count(shared_.reactor.running_clock(), replied());
    }
    if (replies_.size() >= in_flight_min) send_ready();
  }
  send_ready();
  processing_ = false;
  if (draining_ && !more && phase_ == phase::serving) finish(ending::drain);
  if (!more) ask_for_room();
  hold_up(more && phase_ == phase::serving);
  watch_for_a_stall();
  watch_for_idleness();
  end_if_done();
}

/// Whether there is `more` to take, which waits for what this session owes, or else for its next turn.
void session::hold_up(bool more) {
  bool const owes = more && owes_too_much();
  if (owes && !paused_ && tree_ == shared_.tree) shared_.metrics.paused_total.add();
  paused_ = owes;
  if (more && !owes && !room_.waits()) {
    shared_.metrics.turns_cut_total.add();
    shared_.reactor.turns().join(*this);
  }
  if (phase_ != phase::serving || held_up() != reads_) return;
  reads_ = !held_up();
  reads_ ? connection_.start_reading() : connection_.stop_reading();
}

bool session::owes_too_much() {
  if (tree_ != shared_.tree && !replies_.empty()) return true;
  std::size_t const unsent = connection_.open() ? output_.size() : 0;
  if (unsent > shared_.limits.output) return true;
  std::size_t const expected = replies_.size() * replies_.expected_reply_size();
  if (shared_.memory.is_short() && unsent + expected > shared_.memory.fair_part()) return true;
  std::size_t const in_flight = replies_.size();
  if (shared_.replies.owed.is_too_much(in_flight, shared_.limits.in_flight_per_client)) return true;
  if (in_flight < in_flight_min) return false;
  if (in_flight >= window_) return true;
  if (in_flight >= pipeline_depth::at_once && depth_.reached(in_flight, window_, shared_.reactor.now()))
    return true;
  // One more would, if all of them are as large as expected.
  return expected + replies_.expected_reply_size() > shared_.limits.output;
}

void session::choose_dialect() {
  if (!dialect_ && !input_.unread().empty())
    dialect_ = make_dialect(input_.unread().front(), shared_, entrance_);
}

bool session::take_command() {
  choose_dialect();
  bool const taken = dialect_ && dialect_->next(input_, *this);
  commands_ += taken;
  return taken;
}

/// While memory is short, a reply that is likely to be large is not asked for before there is room for it. Of a new client
/// nothing is known yet.
bool session::room_for_reply() {
  memory_share const& memory = shared_.memory;
  if (input_.unread().empty()) return true;
  std::size_t const expected = replies_.expected_reply_size();
  bool const busy = !replies_.empty() || !output_.empty();
  if (memory.far_exceeded()) return (!busy && !memory.is_much(expected)) || room_.ask(expected);
  return busy || commands_ == 0 || expected <= memory.fair_part() || room_.ask(expected);
}

/// What is there of a command is kept in no more than it takes. A long one, of which the first part is there, is read further
/// when there is room for the rest.
void session::ask_for_room() {
  if (input_.idle()) return room_.give_up();
  input_.settle();
  std::size_t const arrived = input_.unread().size();
  if (phase_ != phase::serving || input_ended_ || arrived < shared_.memory.free_part() / 2)
    return room_.give_up();
  std::size_t const whole = input_.expected() > arrived ? input_.expected() : shared_.limits.line;
  if (whole > input_.capacity())
    room_.ask(whole - input_.capacity());
  else
    room_.arrived();
}

void session::run_out_of_memory() {
  choose_dialect();  // it may wait before its first command is looked at
  dialect_->refuse_for_memory(input_, *this);
  finish(ending::memory);
  send_ready();
  end_if_done();
}

void session::serve(reply_form form, model::request&& asked) {
  asked.client = number_;
  if (!shared_.replies.owed.has_room() && form.origin != command_origin::house) [[unlikely]]
    return turn_down(std::move(form), std::move(asked));
  reply_queue::slot& slot = replies_.push_request(std::move(form), std::move(asked));
  slot.answering = tree_->routes.root().handle(slot.request, slot.context);
  replies_.start(slot);
}

void session::turn_down(reply_form form, model::request&& asked) {
  base::task<model::response> answer = overloaded(shared_);  // which tells what was in flight before this
  reply_queue::slot& slot = replies_.push_request(std::move(form), std::move(asked));
  slot.answering = std::move(answer);
  replies_.start(slot);
}

void session::answer(base::slice line) { replies_.push_line(std::move(line)); }

/// Made from the metrics of all workers, which takes as long as many commands do.
void session::answer_late(std::unique_ptr<late_reply> reply) {
  replies_.push_late(std::move(reply));
  turn_.end();
}

void session::refuse(base::slice line) {
  shared_.metrics.protocol_errors.add();
  if (!line.empty()) replies_.push_line(std::move(line));
}

void session::hang_up(ending why) { finish(why); }

bool session::midway() { return dialect_ && (dialect_->midway() || !input_.unread().empty()); }

/// The time runs while the client has the word: in the middle of a command, and not held up. It starts anew with each
/// command.
void session::watch_for_a_stall() {
  if (phase_ != phase::serving || input_ended_) return;
  bool const waited_for = midway() && !held_up();
  if (!waited_for || commands_ != commands_watched_) sending_.stop();
  commands_watched_ = commands_;
  if (waited_for) sending_.run(shared_.memory.is_much(input_.capacity() + room_.promised()));
}

/// The time runs while the client does not take what is sent, in whatever phase.
void session::watch_for_a_reader() {
  connection_.congested() ? taking_.run(shared_.memory.is_much(output_.size())) : taking_.stop();
}

/// The time runs between commands, while nothing is owed to the client.
void session::watch_for_idleness() {
  std::chrono::milliseconds const time = shared_.limits.idle_timeout;
  if (time.count() == 0 || phase_ != phase::serving) return;
  bool const owing = !replies_.empty() || !output_.empty();
  bool const busy = owing || input_ended_ || held_up() || midway();
  busy ? disarm() : lose_patience_after(time);
}

void session::lose_patience_after(std::chrono::milliseconds time) {
  shared_.reactor.arm(*this, shared_.reactor.now() + time);
}

void session::on_deadline() {
  if (phase_ == phase::lingering) return end();
  finish(ending::idle);
  end_if_done();
}

std::uint64_t session::progress(patience const& of) const {
  return &of == &sending_ ? connection_.received() : connection_.taken();
}

void session::on_patience_lost(patience& over) {
  if (&over == &taking_) return let_go(ending::not_reading);
  shared_.metrics.stalled_total.add();
  finish(ending::stalled);
  end_if_done();
}

void session::on_memory_short(patience& over) {
  &over == &taking_ ? let_go(ending::memory) : run_out_of_memory();
}

/// Whatever it is still owed.
void session::let_go(ending why) {
  finish(why);
  connection_.close();
  replies_.drop_ready();
  end_if_done();
}

void session::send_ready() {
  if (!connection_.open()) {
    replies_.drop_ready();
    return change_trees();
  }
  render_ready();
  if (worth_a_write()) connection_.flush_later();
}

void session::render_ready() {
  replies_.render_ready(output_);
  change_trees();
  if (connection_.congested()) watch_for_a_reader();  // it may hold much only now
  shared_.memory.watch();
}

bool session::worth_a_write() const { return output_.size() >= (replies_.midway() ? part_min : 1); }

void session::finish(ending why) {
  if (phase_ == phase::over) return;
  if (phase_ == phase::serving) why_ = why;
  phase_ = phase::finishing;
  leave();
  disarm();
  sending_.stop();
  room_.give_up();
  connection_.stop_reading();
  input_ = base::input_buffer();
}

void session::end_if_done() {
  bool const past = phase_ == phase::over || phase_ == phase::lingering;
  if (processing_ || past || !replies_.empty()) return;
  if (phase_ == phase::serving && !(input_ended_ && !held_up())) return;
  if (connection_.open() && !output_.empty()) return;
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
  taking_.stop();
  connection_.close();
  shared_.metrics.ended(why_);
  owner_.on_session_end(*this);
}

}  // namespace tandem::frontend
