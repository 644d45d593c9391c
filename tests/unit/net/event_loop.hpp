// A reactor that a test drives: until something has happened, or as long as something is ready. Owned by the
// test, on whose thread everything runs.
#pragma once

#include "net/reactor.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>

namespace tandem::test {

/// The machine's clock, which can be set forward, so that hours pass without waiting for them.
class jumping_clock final : public base::clock {
 public:
  base::time_point now() const override { return real_.now() + jumped_; }
  std::int64_t unix_ms() const override { return real_.unix_ms(); }
  void jump(base::duration by) { jumped_ += by; }

 private:
  base::system_clock real_;
  base::duration jumped_{};
};

class event_loop {
 public:
  net::reactor& reactor() { return reactor_; }
  boost::asio::io_context& context() { return reactor_.context(); }
  base::time_point now() const { return clock_.now(); }
  void jump(base::duration by) { clock_.jump(by); }

  /// Runs until `happened()`; false if that took more than ten seconds.
  template <class Condition>
  [[nodiscard]] bool until(Condition happened) {
    auto const limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!happened()) {
      if (std::chrono::steady_clock::now() > limit) return false;
      context().run_one_until(limit);
    }
    return true;
  }

  /// Handles what is ready, without waiting for anything.
  void settle() { context().poll(); }

 private:
  jumping_clock clock_;
  net::reactor reactor_{clock_};
};

}  // namespace tandem::test
