#include "server/worker.hpp"

#include "base/chunk.hpp"
#include "base/log.hpp"
#include "base/once_a_second.hpp"
#include "server/explain.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace tandem::server {
namespace {

constexpr auto housekeeping_interval = std::chrono::milliseconds(100);
constexpr auto idle_glance = std::chrono::milliseconds(5);
constexpr auto tree_glance = std::chrono::milliseconds(5);

}  // namespace

/// What a worker does beside serving, ten times a second.
class worker::housekeeping final : private base::timer {
 public:
  explicit housekeeping(worker& of) : of_(of) {}

  void start() { on_deadline(); }

 private:
  void on_deadline() override {
    of_.client_metrics_.buffer_bytes.set(static_cast<std::int64_t>(base::chunk::bytes_in_use()));
    of_.client_metrics_.in_flight.set(static_cast<std::int64_t>(of_.service_->replies.owed.used()));
    of_.current_->of->stores.expire_some();
    of_.reactor_.arm(*this, of_.reactor_.now() + housekeeping_interval);
  }

  worker& of_;
};

/// Stops a worker whose connections are still busy when its drain time is over.
class worker::end_of_patience final : public base::timer {
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
class worker::end_of_work final : public base::timer {
 public:
  explicit end_of_work(worker& drained) : drained_(drained) {}

  void look() {
    if (!drained_.work_left()) return drained_.reactor_.stop();
    drained_.reactor_.arm(*this, drained_.reactor_.now() + idle_glance);
  }

 private:
  void on_deadline() override { look(); }

  worker& drained_;
};

/// Looks whether trees that were replaced are at their end.
class worker::end_of_trees final : public base::timer {
 public:
  explicit end_of_trees(worker& of) : of_(of) {}

  void look() {
    of_.end_trees();
    if (!of_.old_.empty()) of_.reactor_.arm(*this, of_.reactor_.now() + tree_glance);
  }

 private:
  void on_deadline() override { look(); }

  worker& of_;
};

worker::worker(shared_parts const& shared, std::size_t number, metrics::worker_metrics& metrics)
    : number_(number),
      balance_(shared.balance),
      addresses_(shared.addresses),
      announced_(shared.announced),
      reactor_(shared.clock, shared.names),
      links_(reactor_),
      worker_metrics_(metrics),
      health_(shared.health),
      clock_(shared.clock),
      client_metrics_(metrics, shared.statistics.add_worker()) {}

worker::~worker() { join(); }

base::result<std::unique_ptr<worker>> worker::make(shared_parts const& shared, std::size_t number) {
  metrics::worker_metrics& metrics = shared.registry.add_worker();
  std::unique_ptr<worker> made(new worker(shared, number, metrics));
  auto first = made->make_tree(shared.first);
  if (!first) return first.error();
  made->current_ = std::move(*first);
  frontend::limits_options const& limits = shared.first->settings.limits;
  made->service_.reset(new frontend::service{made->reactor_, made->current_, limits,
                                             limits.memory / shared.workers, made->client_metrics_,
                                             shared.statistics, shared.in_flight});
  made->sessions_ = std::make_unique<frontend::session_group>(*made->service_, shared.balance, number);
  made->housekeeping_ = std::make_unique<housekeeping>(*made);
  made->trees_ = std::make_unique<end_of_trees>(*made);
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
    current_->routes.start();
    reactor_.run();
    // Chunks and frames go back to this thread's pools, so what holds them must end on this thread.
    companion_.reset();
    housekeeping_.reset();
    patience_.reset();
    end();
  });
  ::pthread_setname_np(thread_.native_handle(), "worker");
}

/// Parents of what they refer to first: clients, trees, links, and what trees have in common.
void worker::end() {
  listeners_.clear();
  trees_.reset();
  prepared_.reset();
  for (tree_holder const& each : old_) each->routes.stop();
  current_->routes.stop();
  sessions_.reset();
  work_.reset();
  for (auto* const all : {&ended_, &old_})
    for (tree_holder const& each : *all) each->routes.clear();
  current_->routes.clear();
  links_.clear();
  ended_.clear();
  old_.clear();
}

base::result<worker::tree_holder> worker::make_tree(std::shared_ptr<generation const> of) {
  auto routes = make_routes(
      of->settings, {reactor_, worker_metrics_, health_, links_, clock_, of->stores, of->missed,
                     of->missed_by_server, of->queues, of->flushes, of->watches, of->stale, of->masters});
  if (!routes) return routes.error();
  return tree_holder(new tree(std::move(of), std::move(*routes)));
}

base::result<void> worker::prepare(std::shared_ptr<generation const> next) {
  auto made = make_tree(std::move(next));
  if (!made) return made.error();
  prepared_ = std::move(*made);
  return {};
}

/// What was made for it ends before its configuration does: some counts under names that end with that.
void worker::drop_prepared() {
  prepared_.reset();
  links_.sweep();
}

void worker::change_trees() {
  if (!prepared_) return;
  old_.push_back(std::exchange(current_, std::move(prepared_)));
  service_->tree = current_;
  current_->routes.start();
  if (finds_other_copies(old_.back()->of->settings, current_->of->settings))
    current_->routes.invalidate({}, {model::invalidation::extent::everything, {}, reactor_.now()});
  sessions_->change_trees();
  trees_->look();
}

/// Routes end behind what they have posted, and what others have for them: it may refer to them.
void worker::end_trees() {
  for (tree_holder& each : old_) {
    bool const left = each->use_count() == 1;
    if (left && !std::exchange(each->retired, true)) each->routes.retire();
    if (!each->retired || each->routes.busy()) continue;
    each->routes.stop();
    ended_.push_back(std::exchange(each, nullptr));
    reactor_.post_behind_all([this] { bury_trees(); });
  }
  std::erase(old_, nullptr);
}

void worker::bury_trees() {
  for (tree_holder const& each : ended_) each->routes.clear();
  links_.sweep();  // some of it counts under names that end with the trees
  ended_.clear();
  current_->routes.start();
}

bool worker::work_left() const {
  auto const busy = [](tree_holder const& each) { return each->routes.busy(); };
  return busy(current_) || std::ranges::any_of(old_, busy);
}

bool worker::invalidate(std::string_view source, model::invalidation const& what) {
  bool done = current_->routes.invalidate(source, what);
  for (tree_holder const& each : old_) done = each->routes.invalidate(source, what) && done;
  return done;
}

std::string worker::explain(std::vector<std::string> const& keys) const {
  std::string lines;
  for (std::string const& key : keys)
    lines += explain_key(current_->routes.root(), key, model::explanation::scope::now).line + "\n";
  return lines;
}

void worker::take(int descriptor, frontend::entrance const& by) {
  auto among_its_own = place_for(descriptor);
  if (!among_its_own) return sessions_->refuse(descriptor, frontend::session_group::too_many::of_its_address);
  auto const chosen = balance_.place(number_);
  if (!chosen) {
    static base::once_a_second told;
    if (told.claim(reactor_.now()))
      base::log_warning("clients are refused: as many are connected as may (limits.connections)");
    return sessions_->refuse(descriptor);
  }
  if (*chosen == number_) return sessions_->accept(descriptor, by, std::move(*among_its_own));
  worker& other = *all_[*chosen];
  other.reactor_.post([&other, descriptor, &by, among = std::move(*among_its_own)]() mutable {
    other.sessions_->accept(descriptor, by, std::move(among));
  });
}

/// None if the client's address has as many connections as it may.
std::optional<frontend::address_limit::place> worker::place_for(int descriptor) {
  if (!addresses_.counts()) return frontend::address_limit::place();
  auto const from = net::peer_address_of(descriptor);
  auto found = addresses_.enter(from);
  static base::once_a_second told;
  if (!found && told.claim(reactor_.now()))
    base::log_warning("clients are refused: {} has {} connections (limits.connections_per_address)",
                      net::to_string(*from), addresses_.most());
  return found;
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
  if (companion_) companion_->settle();
  for (tree_holder const& each : old_) each->routes.drain();
  current_->routes.drain();
  work_ = std::make_unique<end_of_work>(*this);
  work_->look();
}

void worker::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace tandem::server
