// The language of one client: takes commands off the input and tells the session what each calls for, in order.
// The first byte of a connection decides which it is. A dialect serves one session, which owns it.
#pragma once

#include "base/input_buffer.hpp"
#include "frontend/ending.hpp"
#include "frontend/reply_queue.hpp"
#include "model/request.hpp"

#include <memory>

namespace tandem::frontend {

struct service;
class entrance;

/// What a dialect asks of its session, in the order of the replies.
class command_sink {
 public:
  /// A request for the route tree, to be answered as `form` says.
  virtual void serve(reply_form form, model::request&& asked) = 0;
  /// A reply that is ready.
  virtual void answer(base::slice line) = 0;
  /// One that is made when its turn comes.
  virtual void answer_late(std::unique_ptr<late_reply> reply) = 0;
  /// An error of the client's, which is counted, and a reply to it unless `line` is empty.
  virtual void refuse(base::slice line) = 0;
  /// Nothing that follows is read; the connection ends when all is answered.
  virtual void hang_up(ending why) = 0;

 protected:
  ~command_sink() = default;
};

class dialect {
 public:
  virtual ~dialect() = default;

  /// Takes what comes next from the front of `input` and tells `to`; false if there is no whole command.
  virtual bool next(base::input_buffer& input, command_sink& to) = 0;

  /// Answers the command that has begun, at the front of `input`, with the want of memory.
  virtual void refuse_for_memory(base::input_buffer const& input, command_sink& to) const = 0;

  /// Whether a command has begun whose rest is still to come.
  virtual bool midway() const = 0;
};

/// For a connection whose first byte is `first`, and that came in `by` this listener.
std::unique_ptr<dialect> make_dialect(char first, service const& shared, entrance const& by);

}  // namespace tandem::frontend
