// In front of a route that can only flush at once: a Redis, or two tiers. A flush with a delay is answered and waits here;
// when its time comes, everything that was stored until then goes. As in memcached, one waits at most: any later flush of the
// backend, whichever worker was asked, takes the place of the one that waits.
//
// | verb | what is done |
// |---|---|
// | flush without a delay, or one that is over | by the inner route; none waits any more |
// | flush with a delay | answered; later by the inner route, which is asked again for a minute if it fails |
// | every other | by the inner route |
//
// Belongs to one worker. What waits ends with the process, but not with the configuration: it is done as it was asked for.
#pragma once

#include "base/background_tasks.hpp"
#include "base/executor.hpp"
#include "model/route.hpp"
#include "tier/bounded_tasks.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace tandem::tier {

/// Tells which flush of a backend was asked for last. Process-wide, for any thread.
class flush_order {
 public:
  std::uint64_t next() { return last_.fetch_add(1) + 1; }
  bool latest(std::uint64_t number) const { return last_.load() == number; }

 private:
  std::atomic<std::uint64_t> last_{0};
};

class delayed_flush_route final : public model::route {
 public:
  /// How often and how long a flush is tried whose time has come.
  static constexpr auto pause = std::chrono::seconds(1);
  static constexpr int attempts_max = 60;

  /// Flushes whose time has come, at a time; with more, one waits for a `pause` and longer.
  static constexpr std::size_t due_max = 16;

  delayed_flush_route(std::string name, model::route& inner, flush_order& order, base::executor& executor,
                      metrics::worker_metrics& metrics)
      : name_(std::move(name)),
        inner_(inner),
        order_(order),
        executor_(executor),
        context_{executor.running_clock()},
        due_(due_max, metrics, name_, "flush") {}

  base::task<model::response> handle(model::request const& asked, model::request_context& context) override {
    if (asked.command != model::verb::flush) return inner_.handle(asked, context);
    return flush(asked, context);
  }
  void explain(std::string_view key, model::explanation& where) const override { inner_.explain(key, where); }

  std::vector<model::route*> children() const override { return {&inner_}; }

  /// Whether one is being executed; or waits or is to be tried again, where this route has been replaced.
  bool busy() const override {
    bool const waits = waiting_.size() > 0 && order_.latest(waits_as_);
    return executing_ > 0 || (retired_ && (waits || due_.size() > 0));
  }
  void retire() override { retired_ = true; }
  void drain() override { retired_ = false; }
  void stop() override;

 private:
  base::task<model::response> flush(model::request const& asked, model::request_context& context);
  base::task<void> wait(base::duration delay, std::uint64_t number);
  base::task<void> execute(std::uint64_t number);

  std::string const name_;
  model::route& inner_;
  flush_order& order_;
  base::executor& executor_;
  model::request_context context_;
  std::size_t executing_ = 0;
  bool retired_ = false;
  std::uint64_t waits_as_ = 0;
  base::background_tasks waiting_{1};
  bounded_tasks due_;
};

}  // namespace tandem::tier
