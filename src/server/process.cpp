#include "server/process.hpp"

#include "admin/invalidation_page.hpp"
#include "base/log.hpp"
#include "server/cores.hpp"
#include "server/descriptors.hpp"

#include <fmt/core.h>

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
      figures(facts.version),
      memory(figures),
      health(base::log_line,
             [this](net::server_name const& of) {
               figures.forget(metrics::server_families, {{"backend", of.backend}, {"server", of.server}});
             }),
      stores(settings, clock, figures),
      missed(settings, figures) {
  for (std::size_t worker = 0; worker < workers; ++worker) {
    figures.add_sampled(metrics::client_connections, {{"worker", std::to_string(worker)}},
                        [this, worker] { return static_cast<double>(balance.connections(worker)); });
  }
}

base::result<std::unique_ptr<process>> process::make(config::configuration settings, std::string version) {
  auto first = std::make_unique<foundation>(std::move(settings), std::move(version));
  auto queues = write_back_queues::open(first->settings, first->clock, first->figures);
  if (!queues) return queues.error();
  std::unique_ptr<process> made(new process(std::move(first), std::move(*queues)));
  if (auto const built = made->make_workers(); !built) return built.error();
  if (auto const opened = made->open_sockets(); !opened) return opened.error();
  return made;
}

process::process(std::unique_ptr<foundation> made, std::unique_ptr<write_back_queues> queues)
    : made_first_(std::move(made)),
      queues_(std::move(queues)),
      flushes_(made_first_->settings),
      statistics_(made_first_->figures, made_first_->clock, made_first_->facts),
      names_(std::make_shared<net::name_resolver>()),
      announced_(made_first_->settings.listen, made_first_->clock, *names_),
      admin_(made_first_->settings.admin, made_first_->figures, {[this] { return draining_.load(); }},
             pages()) {}

process::~process() { stop(); }

base::result<void> process::make_workers() {
  foundation& first = *made_first_;
  shared_parts const shared{first.clock,  first.settings, first.figures, first.health, first.stores,
                            first.missed, *queues_,       flushes_,      statistics_,  first.balance,
                            announced_,   names_,         first.workers};
  for (std::size_t index = 0; index < first.workers; ++index) {
    auto made = worker::make(shared, index);
    if (!made) return made.error();
    workers_.push_back(std::move(*made));
  }
  changes_.emplace(first.settings, first.stores, first.figures, workers_);
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
  return {admin::invalidation_page(allowed, made_first_->clock, told)};
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

void process::drain() {
  announce_drain();
  if (drained_.exchange(true)) return;
  for (auto const& each : workers_) each->drain(made_first_->settings.drain);
}

void process::join() {
  if (!std::exchange(running_, false)) return;
  for (auto const& each : workers_) each->join();
  queues_->stop();
  made_first_->missed.report();
  admin_.stop();
}

void process::stop() {
  if (!running_) return;
  drain();
  join();
}

}  // namespace tandem::server
