// The replies that one client is owed, in the order of its requests. A slot is a request on its way, or bytes
// that are ready to be sent; replies leave from the front only, whenever the front is ready.
#pragma once

#include "base/output_buffer.hpp"
#include "base/task.hpp"
#include "frontend/command_origin.hpp"
#include "model/request.hpp"
#include "model/request_context.hpp"
#include "model/response.hpp"
#include "policy/shared_limit.hpp"
#include "protocol/memcached/meta/reply_flags.hpp"

#include <cstddef>
#include <memory>

namespace tandem::frontend {

struct reply_form;

/// Writes one reply in the client's dialect.
using render_function = void (*)(model::request const& asked, model::response const& answer,
                                 reply_form const& form, base::output_buffer& output);

/// How one request is to be answered. Each reply that is owed has one: it is no larger than it must be.
struct reply_form {
  render_function render;
  base::slice said = {};      // what the client said, as its dialect keeps it
  bool more_follows = false;  // this is not the last reply to the client's command
  command_origin origin = command_origin::text;
  protocol::meta::reply_flags told = {};  // of a meta command
};

/// For commands that are not to be answered.
inline void render_nothing(model::request const&, model::response const&, reply_form const&,
                           base::output_buffer&) {}

/// For replies that are ready: what is said is the reply.
inline void render_said(model::request const&, model::response const&, reply_form const& form,
                        base::output_buffer& output) {
  output.append(form.said);
}

/// A reply that is made when its turn comes, when all before it are answered and counted.
class late_reply {
 public:
  virtual ~late_reply() = default;
  virtual void render(base::output_buffer& output) = 0;
};

/// What the queues of one worker owe and expect together.
struct reply_budget {
  explicit reply_budget(policy::shared_limit& owed_by_all) : owed(owed_by_all) {}

  policy::shared_limit::part owed;  // slots
  std::size_t expected_size =
      64;                     // of one more reply on a new connection: the largest lately, forgotten slowly
  std::size_t in_flight = 0;  // bytes of the replies that are awaited now
};

class reply_queue {
 public:
  struct slot {
    reply_queue* queue;
    reply_form form;  // of a slot that is only a line: the line
    model::request request;
    model::request_context context;
    base::task<model::response> answering;  // none in a slot that is only a line
    std::size_t expected;                   // bytes that it counts for in reply_budget::in_flight
    std::unique_ptr<late_reply> late = {};  // instead of the line
    slot* next = nullptr;
  };

  class owner {
   public:
    /// A request that had to wait is answered; the front of the queue may be ready.
    virtual void on_reply() = 0;
    /// A response is about to be rendered, with what may be changed in it here.
    virtual void on_answer(model::request const& asked, model::response& answered, command_origin from) = 0;

   protected:
    ~owner() = default;
  };

  /// Routes are told the time by `clock`.
  reply_queue(owner& owner, reply_budget& shared, base::clock const& clock)
      : owner_(owner), shared_(shared), clock_(clock), expected_size_(shared.expected_size) {}
  ~reply_queue();
  reply_queue(reply_queue const&) = delete;
  reply_queue& operator=(reply_queue const&) = delete;

  /// A slot for a request. The caller fills `answering`, then calls start().
  slot& push_request(reply_form&& form, model::request&& asked);

  /// Lets the slot's task run; on_reply() follows later if it has to wait.
  void start(slot& one);

  /// A reply that is ready. Bytes of no slot stand between their neighbours just the same.
  void push_line(base::slice line);

  void push_late(std::unique_ptr<late_reply> late);

  /// Renders every reply at the front that is ready.
  void render_ready(base::output_buffer& output);

  /// Drops every reply at the front that is ready, for a client that is gone.
  void drop_ready();

  /// Whether what was rendered last is less than a whole answer, and the rest is awaited.
  bool midway() const { return midway_ && first_; }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  /// What one more reply may weigh, in bytes: the largest lately, forgotten slowly.
  std::size_t expected_reply_size() const { return expected_size_; }

 private:
  static bool ready(slot const& one) { return !one.answering || one.answering.done(); }

  slot& push(reply_form&& form, model::request&& asked, std::size_t expected);
  void pop();

  owner& owner_;
  reply_budget& shared_;
  base::clock const& clock_;
  // A list rather than a std::deque, which would allocate for every other slot and keep a block when it is idle.
  slot* first_ = nullptr;
  slot* last_ = nullptr;
  std::size_t size_ = 0;
  bool midway_ = false;
  std::size_t expected_size_;
};

}  // namespace tandem::frontend
