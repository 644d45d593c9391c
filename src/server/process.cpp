#include "server/process.hpp"

#include "admin/explain_page.hpp"
#include "admin/invalidation_page.hpp"
#include "base/log.hpp"
#include "server/cores.hpp"
#include "server/descriptors.hpp"

#include <fmt/core.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>

namespace tandem::server {
namespace {

frontend::process_facts facts_of(config::configuration const& settings, std::size_t workers,
                                 std::string version) {
  frontend::limits_options limits = settings.limits;
  limits.connections = make_room_for_descriptors(settings, workers);
  return {std::move(version), workers, limits, settings.listen};
}

}  // namespace

process::foundation::foundation(config::configuration given, std::string version)
    : settings(std::move(given)),
      workers(settings.workers != 0 ? settings.workers : usable_cores()),
      facts(facts_of(settings, workers, std::move(version))),
      balance(workers, facts.limits.connections),
      in_flight(settings.limits.in_flight),
      addresses(settings.limits.connections_per_address),
      registry(facts.version),
      memory(registry, settings.limits.memory),
      health(base::log_line,
             [this](net::server_name const& of) {
               registry.forget(metrics::server_families, {{"backend", of.backend}, {"server", of.server}});
             }),
      names(registry),
      resolver(std::make_shared<net::name_resolver>()),
      found(clock, registry, resolver) {
  for (std::size_t worker = 0; worker < workers; ++worker) {
    registry.add_sampled(metrics::client_connections, {{"worker", std::to_string(worker)}},
                         [this, worker] { return static_cast<double>(balance.connections(worker)); });
  }
}

base::result<std::unique_ptr<process>> process::make(config::configuration settings, std::string version) {
  auto first = std::make_unique<foundation>(std::move(settings), std::move(version));
  first->found.watch(first->settings);
  std::uint64_t const followed = first->found.changes();
  auto now =
      generation::make(first->found.filled(first->settings), first->clock, first->registry, first->names);
  if (!now) return now.error();
  first->found.keep_only(first->settings);
  std::unique_ptr<process> made(new process(std::move(first), std::move(*now)));
  made->followed_ = followed;
  if (auto const built = made->make_workers(); !built) return built.error();
  if (auto const opened = made->open_sockets(); !opened) return opened.error();
  return made;
}

process::process(std::unique_ptr<foundation> made, std::shared_ptr<generation const> first)
    : made_first_(std::move(made)),
      written_(made_first_->settings),
      now_(std::move(first)),
      statistics_(made_first_->registry, made_first_->clock, made_first_->facts),
      announced_(made_first_->settings.listen, made_first_->clock, *made_first_->resolver),
      patience_(made_first_->settings.drain),
      admin_(made_first_->settings.admin, made_first_->registry, {[this] { return draining_.load(); }},
             pages()) {}

process::~process() { stop(); }

base::result<void> process::make_workers() {
  foundation& first = *made_first_;
  shared_parts const shared{
      first.clock,     first.registry, first.health,   statistics_,   first.balance, first.in_flight,
      first.addresses, announced_,     first.resolver, first.workers, now_};
  for (std::size_t index = 0; index < first.workers; ++index) {
    auto made = worker::make(shared, index);
    if (!made) return made.error();
    workers_.push_back(std::move(*made));
  }
  changes_.emplace(now_, first.registry, workers_);
  return {};
}

base::result<void> process::open_sockets() {
  std::vector<net::listener_options> const& listen = made_first_->settings.listen;
  sockets_.resize(workers());
  for (std::size_t entry = 0; entry < listen.size(); ++entry) {
    auto opened = net::listen_on(listen[entry], workers());
    if (!opened) {
      base::error failed = opened.error();
      failed.message += fmt::format(" (listen[{}].address)", entry);
      return failed;
    }
    for (std::size_t worker = 0; worker < workers(); ++worker) {
      sockets_[worker].push_back(std::move((*opened)[worker]));
    }
  }
  return {};
}

std::vector<admin::page> process::pages() {
  using admin::permission;
  auto const allowed = made_first_->settings.admin.invalidate ? permission::given : permission::refused;
  auto const told = [this](model::invalidation const& what) { changes_->tell_by_hand(what); };
  auto const explained = [this](std::vector<std::string> const& keys) { return explain(keys); };
  return {admin::invalidation_page(allowed, made_first_->clock, told), admin::explain_page(explained)};
}

/// Of the one with the most clients, which knows of the most servers. While one owes an answer that came too late, nobody is
/// asked, so that those who want another page of the admin endpoint wait for it once.
std::optional<std::string> process::explain(std::vector<std::string> const& keys) {
  constexpr std::chrono::seconds patience{2};
  constexpr std::chrono::milliseconds glance{50};
  auto const there = [this](std::chrono::milliseconds within) {
    return explained_.wait_for(within) == std::future_status::ready;
  };
  if (explained_.valid() && !there({})) return std::nullopt;
  std::size_t asked = 0;
  for (std::size_t each = 1; each < workers(); ++each)
    if (made_first_->balance.connections(each) > made_first_->balance.connections(asked)) asked = each;
  auto const answer = std::make_shared<std::promise<std::string>>();
  explained_ = answer->get_future();
  worker& of = *workers_[asked];
  of.post([answer, keys, &of] { answer->set_value(of.explain(keys)); });
  auto const end = std::chrono::steady_clock::now() + patience;
  while (!there(glance)) {
    if (drained_ || std::chrono::steady_clock::now() >= end) return std::nullopt;
  }
  return explained_.get();
}

base::result<void> process::start() {
  if (auto const started = admin_.start(); !started) return started.error();
  for (std::size_t index = 0; index < workers_.size(); ++index) {
    workers_[index]->start(std::move(sockets_[index]), workers_,
                           index == 0 ? changes_->subscribers(made_first_->health) : worker::companion());
  }
  running_ = true;
  return {};
}

base::result<void> process::swap(config::configuration next) {
  auto const refused = [](std::string_view why) {
    return base::error{base::error_kind::configuration, std::string(why)};
  };
  if (!running_ || draining_) return refused("a process that does not serve keeps its configuration");
  if (auto const fixed = fixed_setting(now_->settings, next))
    return refused(*fixed + " cannot be changed while the process runs; start it again");
  discoveries& found = made_first_->found;
  found.watch(next);
  std::uint64_t const followed = found.changes();
  auto const changed = change_to(found.filled(next));
  if (changed) written_ = std::move(next);
  if (changed) followed_ = followed;
  found.keep_only(written_);
  return changed;
}

/// What cannot be had, for whatever reason of this process, is tried again.
void process::follow_discoveries() {
  constexpr auto pause = std::chrono::seconds(10);
  foundation& first = *made_first_;
  std::uint64_t const followed = first.found.changes();
  if (!running_ || draining_ || followed == followed_ || first.clock.now() < follows_at_) return;
  auto const changed = change_to(first.found.filled(written_));
  if (changed) {
    followed_ = followed;
    return;
  }
  follows_at_ = first.clock.now() + pause;
  base::log_error("servers that were found are not used: {}", changed.error().message);
}

base::result<void> process::change_to(config::configuration next) {
  foundation& first = *made_first_;
  auto made = generation::make(std::move(next), first.clock, first.registry, first.names, &*now_);
  if (!made) return made.error();
  make_room_for_descriptors((*made)->settings, workers());
  auto const prepared = on_each_worker([made = *made](worker& each) { return each.prepare(made); });
  if (!prepared) {
    std::ignore = on_each_worker([](worker& each) {
      each.drop_prepared();
      return base::result<void>();
    });
    return prepared.error();
  }
  now_ = *made;
  patience_ = now_->settings.drain;
  return on_each_worker([this, first = workers_.front().get(), made = *made](worker& each) {
    each.change_trees();
    if (&each == first) changes_->follow(made);
    return base::result<void>();
  });
}

namespace {

/// What workers have come to that were given the same work.
struct errand {
  explicit errand(std::size_t workers) : left(workers) {}

  void done(base::result<void> const& how) {
    std::lock_guard const lock(mutex);
    if (!how && !failure) failure = how.error();
    --left;
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::size_t left;
  std::optional<base::error> failure;
};

/// Between looks at whether workers still take work.
constexpr std::chrono::milliseconds errand_glance{50};

}  // namespace

/// Returns when all have done it; the error is the first that any had. A worker that ends meanwhile does not do it, and one that
/// is stuck while the process is to end may yet.
base::result<void> process::on_each_worker(std::function<base::result<void>(worker&)> const& work) {
  auto const shared = std::make_shared<errand>(workers_.size());
  for (auto const& each : workers_) each->post([shared, work, &each = *each] { shared->done(work(each)); });
  std::unique_lock lock(shared->mutex);
  while (shared->left > 0) {
    shared->changed.wait_for(lock, errand_glance);
    if (shared->left > 0 && (drained_ || is_to_end_()))
      return base::error{base::error_kind::configuration, "the process is about to end"};
  }
  if (shared->failure) return *shared->failure;
  return {};
}

void process::drain() {
  announce_drain();
  if (drained_.exchange(true)) return;
  for (auto const& each : workers_) each->drain(patience_.load());
}

void process::join() {
  if (!std::exchange(running_, false)) return;
  for (auto const& each : workers_) each->join();
  now_->queues.stop();
  now_->missed.report();
  now_->missed_by_server.report();
  admin_.stop();
}

void process::stop() {
  if (!running_) return;
  drain();
  join();
}

}  // namespace tandem::server
