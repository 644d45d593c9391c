#include "net/reactor.hpp"

#include "net/mailbox.hpp"
#include "net/name_resolver.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

namespace tandem::net {

namespace asio = boost::asio;

struct reactor::implementation {
  bool runs_here() const { return runs_on == std::this_thread::get_id(); }

  // Without locks: whatever comes from another thread goes through the mailbox.
  asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  mailbox mail{context};
  std::atomic<std::thread::id> runs_on{};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  asio::steady_timer timer{context};
  base::time_point wakeup = base::time_point::max();
  std::vector<std::shared_ptr<flushable>> due;
  std::vector<std::shared_ptr<flushable>> flushing;
};

reactor::reactor(base::clock const& clock, std::shared_ptr<name_resolver> names)
    : clock_(clock),
      wheel_(clock.now()),
      random_(std::random_device()()),
      names_(names ? std::move(names) : std::make_shared<name_resolver>()),
      implementation_(std::make_unique<implementation>()) {}

reactor::~reactor() = default;

void reactor::run() {
  implementation_->runs_on = std::this_thread::get_id();
  implementation_->context.run();
  implementation_->runs_on = std::thread::id();
}

void reactor::stop() {
  post([this] { implementation_->context.stop(); });
}

void reactor::post(base::callback<> work) {
  if (!implementation_->runs_here()) return implementation_->mail.put(std::move(work));
  asio::post(implementation_->context, std::move(work));
}

/// First behind what stands in the loop's queue, which may be about to empty the mailbox; then behind what is in that.
void reactor::post_behind_all(base::callback<> work) {
  if (!implementation_->runs_here()) return implementation_->mail.put(std::move(work));
  asio::post(implementation_->context,
             [this, work = std::move(work)]() mutable { implementation_->mail.put(std::move(work)); });
}

asio::io_context& reactor::context() { return implementation_->context; }

void reactor::flush_later(std::shared_ptr<flushable> connection) {
  if (std::exchange(connection->flush_due_, true)) return;
  // The posted call stands in the queue behind the handlers of every socket that the last poll found ready.
  if (implementation_->due.empty()) asio::post(implementation_->context, [this] { flush_all(); });
  implementation_->due.push_back(std::move(connection));
}

void reactor::flush_all() {
  std::swap(implementation_->due, implementation_->flushing);
  for (std::shared_ptr<flushable> const& connection : implementation_->flushing) {
    connection->flush_due_ = false;
    connection->flush();
  }
  implementation_->flushing.clear();
}

void reactor::arm(base::timer& timer, base::time_point deadline) {
  wheel_.arm(timer, deadline);
  base::time_point const latest = deadline + deadline_wheel::tick;
  if (latest < implementation_->wakeup) schedule_wakeup(latest);
}

void reactor::schedule_wakeup(base::time_point when) {
  implementation_->wakeup = when;
  implementation_->timer.expires_at(when);
  implementation_->timer.async_wait([this](boost::system::error_code failed) {
    if (!failed) wake_up();
  });
}

void reactor::wake_up() {
  implementation_->wakeup = base::time_point::max();
  {
    batch const fired(*this);
    wheel_.advance(now());
  }
  if (auto const next = wheel_.next_wakeup(); next && *next < implementation_->wakeup) schedule_wakeup(*next);
}

}  // namespace tandem::net
