#include "server/daemon.hpp"

#include "base/log.hpp"
#include "server/process.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace tandem::server {
namespace {

/// Blocked in every thread, so that await_signal() alone gets them.
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

void remove_socket_files(config::configuration const& settings) {
  for (net::listener_options const& each : settings.listen) {
    if (each.endpoint.unix_socket()) ::unlink(each.endpoint.path.c_str());
  }
}

/// Whether one of them waits for await_signal().
bool is_pending(sigset_t const& awaited) {
  sigset_t pending;
  sigset_t both;
  sigemptyset(&both);
  return ::sigpending(&pending) == 0 && ::sigandset(&both, &pending, &awaited) == 0 &&
         !::sigisemptyset(&both);
}

/// Until a signal comes; meanwhile this thread, which serves nobody, gives memory back, and has the servers used that were
/// found.
int await_signal(sigset_t const& awaited, process& serving) {
  serving.give_up_when([&awaited] { return is_pending(awaited); });
  constexpr timespec interval{.tv_sec = 1, .tv_nsec = 0};
  while (true) {
    int const signal = ::sigtimedwait(&awaited, nullptr, &interval);
    if (signal > 0) return signal;
    serving.trim_memory();
    serving.follow_discoveries();
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
  auto const made = process::make(settings, version);
  if (!made) return fail(made.error().message);
  process& serving = **made;
  if (auto const started = serving.start(); !started) return fail(started.error().message);
  for (net::listener_options const& each : settings.listen) {
    base::log_info("tandem {} listens on {} with {} workers", version, each.endpoint.str(),
                   serving.workers());
  }

  int const signal = await_signal(awaited, serving);
  base::log_info("{}: draining for at most {} ms", signal == SIGTERM ? "SIGTERM" : "SIGINT",
                 settings.drain.count());
  serving.announce_drain();
  exit_on_second_signal(awaited);
  // While this process still listens: later the path may be that of its successor.
  remove_socket_files(settings);
  serving.drain();
  serving.join();
  base::log_info("ended");
  return 0;
}

}  // namespace tandem::server
