#include "server/daemon.hpp"

#include "admin/admin_server.hpp"
#include "admin/invalidation_page.hpp"
#include "base/log.hpp"
#include "frontend/stats.hpp"
#include "net/name_resolver.hpp"
#include "server/announcer.hpp"
#include "server/cores.hpp"
#include "server/descriptors.hpp"
#include "server/invalidations.hpp"
#include "server/memory_trimmer.hpp"
#include "server/worker.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <vector>

namespace tandem::server {
namespace {

/// Blocked in every thread, so that wait_for_signal() alone gets them.
sigset_t block_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);  // there is nothing to reload, and a closed terminal is no reason to end
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGTERM);
  sigaddset(&awaited, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
  return awaited;
}

int fail(std::string_view reason) {
  fmt::print(stderr, "tandem: {}\n", reason);
  return 1;
}

/// Sockets by worker, then by address.
using sockets_by_worker = std::vector<std::vector<net::listening_socket>>;

base::result<sockets_by_worker> open_sockets(config::configuration const& settings, std::size_t workers) {
  sockets_by_worker by_worker(workers);
  for (std::size_t entry = 0; entry < settings.listen.size(); ++entry) {
    auto opened = net::listen_on(settings.listen[entry], workers);
    if (!opened) {
      base::error failed = opened.error();
      failed.message += fmt::format(" (listen[{}].address)", entry);
      return failed;
    }
    for (std::size_t worker = 0; worker < workers; ++worker) {
      by_worker[worker].push_back(std::move((*opened)[worker]));
    }
  }
  return by_worker;
}

void remove_socket_files(config::configuration const& settings) {
  for (net::listener_options const& each : settings.listen) {
    if (each.endpoint.unix_socket()) ::unlink(each.endpoint.path.c_str());
  }
}

/// Until a signal comes; meanwhile this thread, which serves nobody, gives memory back.
int await_signal(sigset_t const& awaited, process_trimmer& memory) {
  constexpr timespec interval{.tv_sec = 1, .tv_nsec = 0};
  while (true) {
    int const signal = ::sigtimedwait(&awaited, nullptr, &interval);
    if (signal > 0) return signal;
    memory.look();
  }
}

/// Ends the process if the operator asks a second time: by a handler, since the default action means nothing to the
/// first process of a container.
void exit_on_second_signal(sigset_t awaited) {
  auto const end = [](int signal) { std::_Exit(128 + signal); };
  std::signal(SIGTERM, end);
  std::signal(SIGINT, end);
  ::pthread_sigmask(SIG_UNBLOCK, &awaited, nullptr);
}

}  // namespace

int run_daemon(config::configuration const& settings, std::string const& version) {
  sigset_t const awaited = block_signals();
  base::system_clock const clock;
  std::size_t const count = settings.workers != 0 ? settings.workers : usable_cores();
  frontend::limits_options limits = settings.limits;
  limits.connections = make_room_for_descriptors(settings, count);
  frontend::connection_balance balance(count, limits.connections);
  metrics::registry figures(version);
  for (std::size_t worker = 0; worker < count; ++worker) {
    figures.add_sampled(metrics::client_connections, {{"worker", std::to_string(worker)}},
                        [&balance, worker] { return static_cast<double>(balance.connections(worker)); });
  }
  process_trimmer memory(figures);
  net::server_health health(base::log_line, [&figures](net::server_name const& of) {
    figures.forget(metrics::server_families, {{"backend", of.backend}, {"server", of.server}});
  });
  memory_stores stores(settings, clock, figures);
  missed_removals_by_backend missed(settings, figures);
  auto queues = write_back_queues::open(settings, clock, figures);
  if (!queues) return fail(queues.error().message);
  flush_orders flushes(settings);
  frontend::stats statistics(figures, clock, {version, count, limits, settings.listen});
  auto const names = std::make_shared<net::name_resolver>();
  announcer const announced(settings.listen, clock, *names);
  shared_parts const shared{clock,   settings,   figures, health,    stores, missed, **queues,
                            flushes, statistics, balance, announced, names,  count};

  std::vector<std::unique_ptr<worker>> workers;
  for (std::size_t index = 0; index < count; ++index) {
    auto made = worker::make(shared, index);
    if (!made) return fail(made.error().message);
    workers.push_back(std::move(*made));
  }
  auto sockets = open_sockets(settings, count);
  if (!sockets) return fail(sockets.error().message);

  std::atomic<bool> draining{false};
  invalidations changes(settings, stores, figures, workers);
  auto const told = [&changes](model::invalidation const& what) { changes.tell_by_hand(what); };
  using admin::permission;
  auto const allowed = settings.admin.invalidate ? permission::given : permission::refused;
  admin::admin_server admin(settings.admin, figures, {[&draining] { return draining.load(); }},
                            {admin::invalidation_page(allowed, clock, told)});
  if (auto const started = admin.start(); !started) return fail(started.error().message);
  for (std::size_t index = 0; index < count; ++index) {
    workers[index]->start(std::move((*sockets)[index]), workers,
                          index == 0 ? changes.subscribers(health) : worker::companion());
  }
  for (net::listener_options const& each : settings.listen) {
    base::log_info("tandem {} listens on {} with {} workers", version, each.endpoint.str(), count);
  }

  int const signal = await_signal(awaited, memory);
  base::log_info("{}: draining for at most {} ms", signal == SIGTERM ? "SIGTERM" : "SIGINT",
                 settings.drain.count());
  draining = true;
  exit_on_second_signal(awaited);
  // While this process still listens: later the path may be that of its successor.
  remove_socket_files(settings);
  for (auto const& each : workers) each->drain(settings.drain);
  for (auto const& each : workers) each->join();
  (*queues)->stop();
  missed.report();
  admin.stop();
  base::log_info("ended");
  return 0;
}

}  // namespace tandem::server
