// Writes the queue's values to L2, from one worker: some at a time while L2 takes them, one at a time and after growing
// pauses while it does not. Each worker has one for each queue, and any of them may write any value.
//
// kick() it whenever something may have become writable. drain() is for the end of the worker.
#pragma once

#include "base/background_tasks.hpp"
#include "model/route.hpp"
#include "policy/backoff.hpp"
#include "tier/write_back/write_back_queue.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace tandem::tier {

/// What the flusher is made with, and outlived by.
struct flusher_parts {
  write_back_queue& queue;
  model::route& far;  // L2
  model::route&
      far_not_near;  // L2, and removed from L1 before it answers; what is invalidated there leaves L1
  base::executor& executor;
};

class write_back_flusher {
 public:
  /// Values on their way to L2 at a time, per worker.
  static constexpr std::size_t writes_max = 32;

  explicit write_back_flusher(flusher_parts parts);

  write_back_queue& queue() const { return parts_.queue; }
  base::executor& executor() const { return parts_.executor; }
  model::route& far() const { return parts_.far; }

  void kick();
  void release(std::string_view key);

  /// Goes on until nothing is unwritten in the whole process. Once.
  void drain();
  bool draining() const { return draining_; }

  /// It takes part from now on.
  void start();

  /// Others write what is in the queue from now on, if there are any; what is on its way is waited for, and so are for a
  /// while values that nobody else may write.
  void retire();
  bool retiring() const { return retiring_; }

  /// Ends what is on its way; its values count as unwritten.
  void stop();

 private:
  class outstanding;

  /// How long others wait for values that only this one may write: until they can hardly come into effect late.
  static constexpr base::duration retirement_max = std::chrono::seconds(10);

  /// On this thread, if this is still there then.
  base::callback<> kick_later();

  base::task<void> write(write_back_queue::taken taken);
  base::task<void> leave_near(std::string key);
  base::task<void> pause();
  base::task<void> until_drained();
  base::task<void> until_retired();
  void learn(write_back_queue::outcome what);
  void log_refusal(std::string_view reason);

  flusher_parts const parts_;
  model::request_context context_;
  policy::backoff backoff_;
  unsigned failures_ = 0;  // in a row
  bool pausing_ = false;
  bool draining_ = false;
  bool retiring_ = false;
  std::shared_ptr<write_back_flusher*> const self_ = std::make_shared<write_back_flusher*>(this);
  base::time_point next_refusal_log_{};
  base::background_tasks writes_{writes_max};
  base::background_tasks pauses_{2};  // the end of one may begin the next before it is over
  base::background_tasks drains_{1};
  base::background_tasks retirement_{1};
};

}  // namespace tandem::tier
