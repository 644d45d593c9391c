// One client connection: parses its commands, hands each to the route tree, and writes the replies in order.
//
// It reads no further while it owes too much (replies that wait, bytes that the client does not take) or memory is short
// (memory_share.hpp), and it stops in the middle of what it has read when its turn is over, until the other
// sessions have had theirs. Whatever it waits for has an end:
//
//   | waits for                    | ends with                                                            |
//   |------------------------------|----------------------------------------------------------------------|
//   | a command, owing nothing     | limits.idle_timeout: idle                                            |
//   | the rest of a command        | limits.receive_timeout for 16 KiB of it: stalled                     |
//   | a client that takes replies  | limits.receive_timeout for 16 KiB of them: not_reading, half-closed, |
//   |                              | hung up on and draining or not                                       |
//   | room in memory               | limits.receive_timeout: refused, memory                              |
//   | answers of backends, a turn  | their own time-outs; the line is served in order                     |
//   | a client to read the last    | a second                                                             |
//
// All requests that are under way are in one route tree. If another takes its place, the next waits until they are answered.
//
// The session ends when the client has closed and every request is
// answered, or at once when drain() finds it idle; why, is counted. Its owner destroys it after on_session_end().
#pragma once

#include "base/timer.hpp"
#include "frontend/dialect.hpp"
#include "frontend/pipeline_depth.hpp"
#include "frontend/reply_queue.hpp"
#include "frontend/service.hpp"
#include "frontend/turn.hpp"
#include "net/connection.hpp"
#include "net/turn_line.hpp"

#include <chrono>
#include <memory>

namespace tandem::frontend {

class session final : private net::connection::owner,
                      private reply_queue::owner,
                      private command_sink,
                      private net::turn_line::member,
                      private patience::owner,
                      private memory_share::claim::owner,
                      private base::timer {
 public:
  class owner {
   public:
    /// The session is over and may be destroyed, but not inside this call.
    virtual void on_session_end(session& over) = 0;

   protected:
    ~owner() = default;
  };

  session(service& shared, entrance const& by, int descriptor, owner& owner);

  /// Answers what has been received and ends then.
  void drain();

  /// Leaves the tree that its requests have entered, if that is no longer the service's and none is under way. Does so by
  /// itself when the last one is answered, and begins no other before: no request overtakes an older one in another tree.
  void change_trees();

 private:
  enum class phase : std::uint8_t {
    serving,
    finishing,  // parses no more; ends when all replies are sent
    lingering,  // all is sent; throws away what the client still sends, so that it comes to read the last reply
    over,
  };

  void on_input() override;
  void on_end_of_input() override;
  bool on_flush() override;
  void on_output() override;
  void on_closed(std::string_view reason) override;
  void on_reply() override;
  void on_answer(model::request const& asked, model::response& answered, command_origin from) override;
  void on_turn() override;
  void on_room() override;
  void on_no_room() override;
  std::uint64_t progress(patience const& of) const override;
  void on_patience_lost(patience& over) override;
  void on_memory_short(patience& over) override;
  void on_deadline() override;

  void serve(reply_form form, model::request&& asked) override;
  void answer(base::slice line) override;
  void answer_late(std::unique_ptr<late_reply> reply) override;
  void refuse(base::slice line) override;
  void hang_up(ending why) override;
  void turn_down(reply_form form, model::request&& asked);

  void wait_for_turn();
  void take_turn();
  void process();
  void hold_up(bool more);
  bool held_up() const { return paused_ || waits() || room_.waits(); }
  std::uint64_t replied() const { return connection_.written() + output_.size(); }
  void choose_dialect();
  bool take_command();
  bool room_for_reply();
  void ask_for_room();
  void run_out_of_memory();
  void let_go(ending why);
  bool midway();
  void watch_for_a_stall();
  void watch_for_a_reader();
  void watch_for_idleness();
  void lose_patience_after(std::chrono::milliseconds time);
  void send_ready();
  void render_ready();
  bool worth_a_write() const;
  void finish(ending why);
  void end_if_done();
  void linger();
  void end();
  bool owes_too_much();

  service& shared_;
  entrance const& entrance_;
  std::uint32_t const number_;  // model::request::client
  owner& owner_;
  std::unique_ptr<dialect> dialect_;  // none before the first byte
  model::tree_pointer tree_;          // of the requests that are under way
  reply_queue replies_;
  net::connection connection_;
  base::input_buffer& input_;    // the connection's
  base::output_buffer& output_;  // and this, too
  phase phase_ = phase::serving;
  ending why_ = ending::closed;  // it ends, or will
  std::size_t window_;           // requests that may be in flight: grows with every answer
  pipeline_depth depth_;
  turn turn_;
  memory_share::claim room_;
  patience sending_;                    // the client has begun a command
  patience taking_;                     // the client is owed something
  bool reads_ = true;                   // unless held_up()
  bool paused_ = false;                 // because it owes_too_much()
  bool processing_ = false;             // inside process(): replies are sent at its end
  bool draining_ = false;               // finishes once everything that was received is answered
  bool input_ended_ = false;            // the client has closed its writing side
  std::uint64_t commands_ = 0;          // taken so far
  std::uint64_t commands_watched_ = 0;  // when sending_ began
};

}  // namespace tandem::frontend
