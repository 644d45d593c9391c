// One client connection: parses its commands, hands each to the route tree, and writes the replies in order.
//
// It reads no further while it owes too much: replies that wait, bytes that the client does not take, or
// buffers of the worker beyond their bound. It ends when the client has closed and every request is answered,
// or at once when stop_reading_and_finish() finds it idle. Its owner destroys it after on_session_end().
#pragma once

#include "frontend/reply_queue.hpp"
#include "frontend/service.hpp"
#include "net/connection.hpp"
#include "protocol/memcached/text/request_parser.hpp"

namespace tandem::frontend {

class session final : private net::connection::owner, private reply_queue::owner {
 public:
  class owner {
   public:
    /// The session is over and may be destroyed, but not inside this call.
    virtual void on_session_end(session& over) = 0;

   protected:
    ~owner() = default;
  };

  session(service& shared, int descriptor, owner& owner);

  /// Answers what has been received and ends then.
  void drain();

 private:
  enum class phase : std::uint8_t {
    serving,
    finishing,  // parses no more; ends when all replies are sent
    over,
  };

  void on_input() override;
  void on_end_of_input() override;
  void on_output() override;
  void on_closed(std::string_view reason) override;
  void on_reply() override;
  void on_answer(model::request const& asked, model::response const& answered) override;

  void process();
  void take(protocol::text::event event);
  void serve(render_function render, base::slice instead_of_response = {});
  void answer_locally();
  void answer_line(std::string_view line);
  void send_ready();
  void finish();
  void end_if_done();
  bool owes_too_much() const;

  service& shared_;
  owner& owner_;
  protocol::text::request_parser parser_;
  reply_queue replies_;
  net::connection connection_;
  phase phase_ = phase::serving;
  std::size_t window_;        // requests that may be in flight: grows with every answer
  bool paused_ = false;       // reading has stopped because owes_too_much()
  bool processing_ = false;   // inside process(): replies are sent at its end
  bool draining_ = false;     // finishes once everything that was received is answered
  bool input_ended_ = false;  // the client has closed its writing side
};

}  // namespace tandem::frontend
