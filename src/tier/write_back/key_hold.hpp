// A request's hold on a key, while L2 executes it and nothing before it is unwritten:
//   key_hold mine(flusher, key);
//   std::optional<bool> const given = co_await mine.given(deadline);   false: L2 failed what has to be written first
// The key is released when the object ends, whether it was given or is still awaited. On the flusher's thread.
#pragma once

#include "base/event.hpp"
#include "tier/write_back/write_back_flusher.hpp"

#include <string>
#include <utility>

namespace tandem::tier {

class key_hold {
 public:
  key_hold(write_back_flusher& flusher, std::string_view key) : flusher_(flusher), key_(key) {
    ticket_ = flusher_.queue().acquire(
        key_, {&flusher_.executor(), [this_flusher = &flusher, state = state_, key = key_](bool given) {
                 if (!state->gone) return state->given.set(given);
                 if (given) this_flusher->release(key);
               }});
    if (ticket_) flusher_.kick();
    if (!ticket_) state_->given.set(true);
  }
  ~key_hold() {
    std::optional<bool> const given = state_->given.value();
    if (!given) flusher_.queue().cancel(key_, *ticket_);
    if (given && *given) flusher_.release(key_);
    state_->gone = true;
  }
  key_hold(key_hold const&) = delete;
  key_hold& operator=(key_hold const&) = delete;

  /// None when `deadline` is over before the key is given or refused.
  auto given(base::time_point deadline) { return state_->given.until(flusher_.executor(), deadline); }

 private:
  struct state {
    base::event<bool> given;
    bool gone = false;  // what is given from now on is given back
  };

  write_back_flusher& flusher_;
  std::string const key_;
  std::shared_ptr<state> const state_ = std::make_shared<state>();  // the queue may still have posted it
  std::optional<write_back_queue::ticket> ticket_;
};

}  // namespace tandem::tier
