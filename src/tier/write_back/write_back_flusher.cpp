#include "tier/write_back/write_back_flusher.hpp"

#include "base/log.hpp"
#include "base/sleep.hpp"

#include <chrono>
#include <tuple>
#include <utility>

namespace tandem::tier {
namespace {

constexpr auto pause_min = std::chrono::milliseconds(10);
constexpr auto pause_max = std::chrono::seconds(1);
constexpr auto drain_glance = std::chrono::milliseconds(5);

using outcome = write_back_queue::outcome;

outcome judge(model::response const& answer) {
  switch (answer.status) {
    case model::status::ok: return outcome::written;
    case model::status::too_large:
    case model::status::client_error: return outcome::refused;
    case model::status::not_found:
    case model::status::not_stored:
    case model::status::exists:
    case model::status::non_numeric:
    case model::status::server_error: break;
  }
  return answer.fate == model::fate::maybe ? outcome::unanswered : outcome::failed;
}

model::request set_of(unwritten_item const& item) {
  model::request made;
  made.command = model::verb::set;
  made.wanted = model::want::nothing;
  made.key = base::slice::copy_of(item.key);
  made.value = base::slice::copy_of(item.value);
  made.flags = item.flags;
  made.expires = model::exptime(item.expires_at);
  return made;
}

}  // namespace

/// Gives a value back to the queue, as failed if its task ends early.
class write_back_flusher::outstanding {
 public:
  outstanding(write_back_flusher& by, write_back_queue::taken taken) : by_(by), taken_(std::move(taken)) {}
  ~outstanding() { by_.queue().done(taken_, result, by_.kick_later()); }
  outstanding(outstanding const&) = delete;
  outstanding& operator=(outstanding const&) = delete;

  outcome result = outcome::failed;

 private:
  write_back_flusher& by_;
  write_back_queue::taken taken_;
};

write_back_flusher::write_back_flusher(flusher_parts parts)
    : parts_(std::move(parts)), context_{parts_.executor.running_clock()}, backoff_(pause_min, pause_max) {}

base::callback<> write_back_flusher::kick_later() {
  return [&executor = parts_.executor, self = std::weak_ptr(self_)] {
    executor.post([self] {
      if (auto const here = self.lock()) (*here)->kick();
    });
  };
}

void write_back_flusher::kick() {
  while (!pausing_ && !writes_.full() && (failures_ == 0 || writes_.size() == 0)) {
    auto taken = parts_.queue.take(this);
    if (!taken) return;
    std::ignore = writes_.start(write(std::move(*taken)));
  }
}

void write_back_flusher::release(std::string_view key) {
  parts_.queue.release(key);
  kick();
}

base::task<void> write_back_flusher::write(write_back_queue::taken taken) {
  outcome result;
  {
    outstanding value(*this, taken);
    model::request const set = set_of(*taken.item);
    model::route& to = taken.doubtful ? parts_.far_not_near : parts_.far;
    model::response const answer = co_await to.handle(set, context_);
    value.result = result = judge(answer);
    if (result == outcome::refused) {
      log_refusal(answer.message.view());
      co_await leave_near(taken.item->key);
    }
  }
  learn(result);
}

/// L1 has what L2 never will. Once it is not unwritten any more, L1 would be asked for it.
base::task<void> write_back_flusher::leave_near(std::string key) {
  model::invalidation what;
  what.what = model::invalidation::extent::key;
  what.text = std::move(key);
  what.received = context_.clock.now();
  while (!parts_.far_not_near.invalidate({}, what)) co_await base::sleep_for(parts_.executor, pause_min);
}

/// Once a second at most: the metrics count them all.
void write_back_flusher::log_refusal(std::string_view reason) {
  base::time_point const now = context_.clock.now();
  if (now < next_refusal_log_) return;
  next_refusal_log_ = now + std::chrono::seconds(1);
  base::log_error("L2 will not take a value from the write-back queue, which is lost: {}",
                  reason.empty() ? "too large" : reason);
}

/// The first failure after a success begins a pause; those that were under way with it do not make it longer.
void write_back_flusher::learn(outcome what) {
  if (what == outcome::failed || what == outcome::unanswered) {
    if (pausing_) return;
    pausing_ = true;
    std::ignore = pauses_.start(pause());
    return;
  }
  failures_ = 0;
  kick_later()();  // from here it would grow the stack
}

base::task<void> write_back_flusher::pause() {
  co_await base::sleep_for(parts_.executor, backoff_.pause(failures_, parts_.executor.random()));
  ++failures_;
  pausing_ = false;
  kick();
}

void write_back_flusher::drain() {
  draining_ = true;
  std::ignore = drains_.start(until_drained());
}

/// Other workers write, too, and the log has to forget: nobody tells this one that the last value is written.
base::task<void> write_back_flusher::until_drained() {
  while (parts_.queue.metrics().items > 0) {
    kick();
    co_await base::sleep_for(parts_.executor, drain_glance);
  }
  draining_ = false;
}

void write_back_flusher::start() {
  parts_.queue.attend(this, kick_later());
  kick();
}

void write_back_flusher::retire() {
  retiring_ = true;
  parts_.queue.retire(this);
  std::ignore = retirement_.start(until_retired());
}

base::task<void> write_back_flusher::until_retired() {
  base::time_point const latest = parts_.executor.now() + retirement_max;
  // Where nobody else attends to the queue, all of it is to be written here.
  while (writes_.size() > 0 || parts_.queue.needs(this)) {
    bool const late = writes_.size() == 0 && parts_.executor.now() >= latest;
    if (late && parts_.queue.attended_beside(this)) break;
    kick();
    co_await base::sleep_for(parts_.executor, drain_glance);
  }
  retiring_ = false;
}

void write_back_flusher::stop() {
  writes_.stop();
  pauses_.stop();
  drains_.stop();
  retirement_.stop();
  parts_.queue.leave(this);
}

}  // namespace tandem::tier
