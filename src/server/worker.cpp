#include "server/worker.hpp"

#include "base/chunk.hpp"
#include "base/log.hpp"

#include <pthread.h>

namespace tandem::server {
namespace {

constexpr auto housekeeping_interval = std::chrono::milliseconds(100);
constexpr auto idle_glance = std::chrono::milliseconds(5);

}  // namespace

/// What a worker does beside serving, ten times a second.
class worker::housekeeping final : private net::deadline_wheel::timer {
 public:
  housekeeping(net::reactor& reactor, frontend::client_metrics& counted, memory_stores& stores)
      : reactor_(reactor), counted_(counted), stores_(stores) {}

  void start() { on_deadline(); }

 private:
  void on_deadline() override {
    counted_.buffer_bytes.set(static_cast<std::int64_t>(base::chunk::bytes_in_use()));
    stores_.expire_some();
    reactor_.arm(*this, reactor_.now() + housekeeping_interval);
  }

  net::reactor& reactor_;
  frontend::client_metrics& counted_;
  memory_stores& stores_;
};

/// Stops a worker whose connections are still busy when its drain time is over.
class worker::end_of_patience final : public net::deadline_wheel::timer {
 public:
  explicit end_of_patience(worker& drained) : drained_(drained) {}

 private:
  void on_deadline() override {
    std::size_t const busy = drained_.sessions_->size();
    if (busy != 0) base::log_warning("{} connections were still busy when the drain time was over", busy);
    drained_.reactor_.stop();
  }

  worker& drained_;
};

/// Stops a worker without clients when what they have left behind is done, such as a removal in L1.
class worker::end_of_work final : public net::deadline_wheel::timer {
 public:
  explicit end_of_work(worker& drained) : drained_(drained) {}

  void look() {
    if (!drained_.routes_.busy()) return drained_.reactor_.stop();
    drained_.reactor_.arm(*this, drained_.reactor_.now() + idle_glance);
  }

 private:
  void on_deadline() override { look(); }

  worker& drained_;
};

worker::worker(shared_parts const& shared, std::size_t number, metrics::worker_metrics& figures)
    : number_(number),
      balance_(shared.balance),
      announced_(shared.announced),
      reactor_(shared.clock, shared.names),
      links_(reactor_),
      counted_(figures, shared.statistics.add_worker()) {}

worker::~worker() { join(); }

base::result<std::unique_ptr<worker>> worker::make(shared_parts const& shared, std::size_t number) {
  metrics::worker_metrics& figures = shared.figures.add_worker();
  std::unique_ptr<worker> made(new worker(shared, number, figures));
  auto routes =
      make_routes(shared.settings, {made->reactor_, figures, shared.health, made->links_, shared.clock,
                                    shared.stores, shared.missed, shared.queues, shared.flushes});
  if (!routes) return routes.error();
  made->routes_ = std::move(*routes);
  frontend::limits_options const& limits = shared.settings.limits;
  made->service_.reset(new frontend::service{made->reactor_, made->routes_.root(), limits,
                                             limits.memory / shared.workers, made->counted_,
                                             shared.statistics});
  made->sessions_ = std::make_unique<frontend::session_group>(*made->service_, shared.balance, number);
  made->housekeeping_ = std::make_unique<housekeeping>(made->reactor_, made->counted_, shared.stores);
  return made;
}

void worker::start(std::vector<net::listening_socket> sockets, std::span<std::unique_ptr<worker> const> all,
                   companion beside) {
  all_ = all;
  for (net::listening_socket& socket : sockets) {
    frontend::entrance const& by = announced_.of(listeners_.size());
    listeners_.emplace_back(reactor_, std::move(socket),
                            [this, &by](int descriptor) { take(descriptor, by); });
  }
  thread_ = std::thread([this, beside = std::move(beside)] {
    if (beside) companion_ = beside(reactor_, links_);
    for (net::listener& each : listeners_) each.start();
    housekeeping_->start();
    routes_.start();
    reactor_.run();
    // Chunks and frames go back to this thread's pools, so what holds them must end on this thread.
    companion_.reset();
    housekeeping_.reset();
    patience_.reset();
    listeners_.clear();
    routes_.stop();
    sessions_.reset();
    work_.reset();
    routes_.clear();
    links_.clear();
  });
  ::pthread_setname_np(thread_.native_handle(), "worker");
}

void worker::take(int descriptor, frontend::entrance const& by) {
  auto const chosen = balance_.place(number_);
  if (!chosen) return sessions_->refuse(descriptor);
  if (*chosen == number_) return sessions_->accept(descriptor, by);
  worker& other = *all_[*chosen];
  other.reactor_.post([&other, descriptor, &by] { other.sessions_->accept(descriptor, by); });
}

void worker::drain(std::chrono::milliseconds patience) {
  reactor_.post([this, patience] { begin_drain(patience); });
}

void worker::begin_drain(std::chrono::milliseconds patience) {
  listeners_.clear();
  patience_ = std::make_unique<end_of_patience>(*this);
  reactor_.arm(*patience_, reactor_.now() + patience);
  // What clients wrote until then is to reach L2, too.
  sessions_->drain([this] { end_when_idle(); });
}

void worker::end_when_idle() {
  companion_.reset();  // it may give work without end
  routes_.drain();
  work_ = std::make_unique<end_of_work>(*this);
  work_->look();
}

void worker::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace tandem::server
