#include "tier/delayed_flush_route.hpp"

#include "base/log.hpp"
#include "base/sleep.hpp"

#include <algorithm>
#include <tuple>

namespace tandem::tier {
namespace {

/// Nobody waits longer than that for a process to end.
constexpr std::int64_t delay_max_s = std::int64_t{100} * 365 * 24 * 3600;

/// 0: it is over.
std::chrono::seconds delay_of(model::exptime expires, base::clock const& clock) {
  std::int64_t const now = clock.unix_ms() / 1000;
  if (expires.never() || expires.expired(now)) return std::chrono::seconds(0);
  return std::chrono::seconds(std::min(expires.remaining(now), delay_max_s));
}

}  // namespace

base::task<model::response> delayed_flush_route::flush(model::request const& asked,
                                                       model::request_context& context) {
  std::uint64_t const number = order_.next();
  waiting_.end_all();
  std::chrono::seconds const delay = delay_of(asked.expires, context.clock);
  if (delay.count() == 0) return inner_.handle(asked, context);
  waits_as_ = number;
  std::ignore = waiting_.start(wait(delay, number));
  return base::ready_task(model::response());
}

base::task<void> delayed_flush_route::wait(base::duration delay, std::uint64_t number) {
  co_await base::sleep_for(executor_, delay);
  if (!order_.latest(number)) co_return;
  // On its own: a later flush ends what waits, but not what has begun.
  while (!due_.has_room()) co_await base::sleep_for(executor_, pause);
  std::ignore = due_.start(execute(number));
}

base::task<void> delayed_flush_route::execute(std::uint64_t number) {
  model::request now;
  now.command = model::verb::flush;
  now.wanted = model::want::nothing;
  for (int attempt = 1;; ++attempt) {
    ++executing_;
    model::response const answer = co_await inner_.handle(now, context_);
    --executing_;
    if (!answer.failed()) {
      if (attempt > 1) base::log_info("backend {}: the flush_all that was tried again is done", name_);
      co_return;
    }
    if (attempt == 1 || attempt == attempts_max) {
      base::log_warning("backend {}: a flush_all whose time has come {}: {}", name_,
                        attempt == 1 ? "failed and is tried again" : "was given up", answer.message.view());
    }
    if (attempt == attempts_max) co_return;
    co_await base::sleep_for(executor_, pause);
    if (!order_.latest(number)) co_return;
  }
}

void delayed_flush_route::stop() {
  waiting_.stop();
  due_.stop();
}

}  // namespace tandem::tier
