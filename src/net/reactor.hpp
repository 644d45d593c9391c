// The event loop of one worker (base/executor.hpp): an Asio io_context with one thread, the deadline wheel, and the list of
// connections with something to write, which is written when the present batch of ready sockets has been
// handled. Everything here but stop() and post() belongs to the thread that runs it.
#pragma once

#include "base/executor.hpp"
#include "net/deadline_wheel.hpp"
#include "net/turn_line.hpp"

#include <memory>
#include <random>

namespace boost::asio {
class io_context;
}

namespace tandem::net {

class name_resolver;

class reactor final : public base::executor {
 public:
  /// Connections ask `names` for their servers' addresses; without it the reactor has a resolver of its own.
  explicit reactor(base::clock const& clock, std::shared_ptr<name_resolver> names = nullptr);
  ~reactor();

  /// Runs until stop().
  void run();

  /// Ends run() soon. Any thread.
  void stop();

  /// What one thread posts is called in its order. Between threads there is none.
  void post(base::callback<> work) override;

  /// The same, but behind everything that was posted before, by whichever thread.
  void post_behind_all(base::callback<> work);

  boost::asio::io_context& context();
  name_resolver& names() { return *names_; }
  /// Where those stand who have much to do.
  turn_line& turns() { return turns_; }
  /// Stands still while a batch is handled.
  base::clock const& clock() const { return clock_; }
  base::clock const& running_clock() const override { return clock_.source(); }
  base::time_point now() const override { return clock_.now(); }
  std::uint32_t random() override { return static_cast<std::uint32_t>(random_() * 2); }

  /// One socket's input, or what the deadline wheel fires: for all of it one moment is soon enough.
  class batch {
   public:
    explicit batch(reactor& within) : clock_(within.clock_) { clock_.hold(); }
    ~batch() { clock_.release(); }
    batch(batch const&) = delete;
    batch& operator=(batch const&) = delete;

   private:
    base::batch_clock& clock_;
  };

  void arm(base::timer& timer, base::time_point deadline) override;

  /// What has bytes to write derives from it.
  class flushable {
   protected:
    flushable() = default;
    flushable(flushable const&) = delete;
    flushable& operator=(flushable const&) = delete;
    ~flushable() = default;

    bool flush_due() const { return flush_due_; }

   private:
    friend class reactor;
    virtual void flush() = 0;
    bool flush_due_ = false;
  };

  /// Calls `connection->flush()` once when the present batch has been handled.
  void flush_later(std::shared_ptr<flushable> connection);

 private:
  struct implementation;

  void flush_all();
  void schedule_wakeup(base::time_point when);
  void wake_up();

  base::batch_clock clock_;
  deadline_wheel wheel_;
  turn_line turns_{*this};
  std::minstd_rand random_;
  std::shared_ptr<name_resolver> const names_;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace tandem::net
