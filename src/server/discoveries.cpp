#include "server/discoveries.hpp"

#include "backend/memcached/discovery/dns_source.hpp"
#include "backend/memcached/discovery/elasticache_source.hpp"
#include "backend/memcached/pool_route.hpp"
#include "base/log.hpp"

#include <fmt/core.h>
#include <pthread.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace tandem::server {

using backend::memcached::discovery_options;
using backend::memcached::discovery_source;
using backend::memcached::pool_options;
using backend::memcached::server_options;

namespace {

/// What a start or another configuration waits for; then it goes on without.
constexpr auto first_answer_within = std::chrono::seconds(5);

pool_options const* discovered_pool(config::backend_options const& of) {
  auto const* const pool = std::get_if<pool_options>(&of.kind);
  return pool && pool->discover ? pool : nullptr;
}

std::unique_ptr<backend::memcached::server_source> source_of(discovery_options const& from,
                                                             net::reactor& on) {
  if (from.source == discovery_source::dns)
    return std::make_unique<backend::memcached::dns_source>(on, from.from);
  return std::make_unique<backend::memcached::elasticache_source>(on, from.from);
}

}  // namespace

/// One pool. Held by what reads its metrics, too; what asks belongs to the thread, and ends there.
class discoveries::subject final : public backend::memcached::server_watch::owner,
                                   public std::enable_shared_from_this<subject> {
 public:
  subject(discoveries& all, config::backend_options const& of, std::uint64_t first)
      : all_(all), name_(of.name), pool_(*discovered_pool(of)), number_(first) {}

  bool is(config::backend_options const& of) const {
    pool_options const* const pool = discovered_pool(of);
    return pool && of.name == name_ && pool->discover == pool_.discover &&
           pool->distribution == pool_.distribution;
  }

  // On the thread.
  void start() {
    source_ = source_of(*pool_.discover, *all_.reactor_);
    watch_.emplace(*all_.reactor_, *source_, pool_.discover->every, *this);
    watch_->start();
  }
  void end() {
    watch_.reset();
    source_.reset();
  }

  // With the mutex held.
  bool heard() const { return heard_; }
  void wait_no_more() { heard_ = true; }
  void fill(pool_options& pool) const {
    pool.servers = servers_;
    pool.changes = number_;
  }

  void show();

 private:
  void on_servers(std::vector<server_options> const& now, std::string const& what) override;
  void on_answer() override;
  void on_failure(std::string const& why) override;
  std::string fault_of(std::vector<server_options> const& found) override;

  std::string source() const { return pool_.discover->str(); }
  void hear() {
    std::lock_guard const lock(all_.mutex_);
    heard_ = true;
    all_.heard_.notify_all();
  }

  discoveries& all_;
  std::string const name_;
  pool_options const pool_;
  bool heard_ = false;
  std::vector<server_options> servers_;
  std::uint64_t number_;  // of the list
  bool shown_ = false;
  bool troubled_ = false;  // and the log says so
  std::atomic<std::size_t> known_{0};
  std::atomic<std::uint64_t> changes_{0}, failures_{0};
  std::atomic<std::int64_t> answered_ms_{0};
  std::unique_ptr<backend::memcached::server_source> source_;
  std::optional<backend::memcached::server_watch> watch_;
};

void discoveries::subject::on_servers(std::vector<server_options> const& now, std::string const& what) {
  base::log_info("backend {}: {} tells {} server{}: {}", name_, source(), now.size(),
                 now.size() == 1 ? "" : "s", what);
  std::lock_guard const lock(all_.mutex_);
  // What is told to a start is what the file might have listed; any other list takes keys from servers that have them.
  if (heard_) ++number_;
  if (!servers_.empty()) ++changes_;
  servers_ = now;
  known_ = now.size();
  if (heard_) ++all_.changes_;
  heard_ = true;
  all_.heard_.notify_all();
}

void discoveries::subject::on_answer() {
  answered_ms_ = all_.clock_.unix_ms();
  if (std::exchange(troubled_, false)) base::log_info("backend {}: {} answers again", name_, source());
}

void discoveries::subject::on_failure(std::string const& why) {
  ++failures_;
  if (!std::exchange(troubled_, true)) {
    base::log_warning("backend {}: {} does not tell its servers: {}; {}", name_, source(), why,
                      known_ > 0 ? fmt::format("the {} that it has stay", known_.load())
                                 : "it has none, and fails requests");
  }
  hear();
}

std::string discoveries::subject::fault_of(std::vector<server_options> const& found) {
  pool_options tried = pool_;
  tried.servers = found;
  return backend::memcached::pool_route::fault_of(tried);
}

/// The registry reads them for as long as somebody holds this.
void discoveries::subject::show() {
  if (std::exchange(shown_, true)) return;
  metrics::labels const where{{"backend", name_}};
  auto const add = [&](metrics::family const& described, auto read) {
    all_.registry_.add_sampled(described, where, std::weak_ptr<void const>(shared_from_this()),
                               [read, this] { return static_cast<double>(read()); });
  };
  add(metrics::discovery_servers, [this] { return known_.load(); });
  add(metrics::discovery_changes_total, [this] { return changes_.load(); });
  add(metrics::discovery_failures_total, [this] { return failures_.load(); });
  add(metrics::discovery_last_success_seconds, [this] { return answered_ms_.load() / 1000; });
}

discoveries::discoveries(base::clock const& clock, metrics::registry& registry,
                         std::shared_ptr<net::name_resolver> names)
    : clock_(clock), registry_(registry), names_(std::move(names)) {}

discoveries::~discoveries() {
  if (!thread_.joinable()) return;
  reactor_->stop();
  thread_.join();
}

/// What holds chunks ends where they were made.
void discoveries::run() {
  reactor_->run();
  for (auto const& each : subjects_) each->end();
}

std::shared_ptr<discoveries::subject> discoveries::find(config::backend_options const& of) const {
  auto const found = std::ranges::find_if(subjects_, [&](auto const& each) { return each->is(of); });
  return found == subjects_.end() ? nullptr : *found;
}

void discoveries::watch(config::configuration const& written) {
  for (config::backend_options const& each : written.backends) {
    if (!discovered_pool(each) || find(each)) continue;
    if (!reactor_) reactor_ = std::make_unique<net::reactor>(clock_, names_);
    auto const made = std::make_shared<subject>(*this, each, serving_ ? 1 : 0);
    subjects_.push_back(made);
    reactor_->post([made] { made->start(); });
  }
  if (subjects_.empty()) return;
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { run(); });
    ::pthread_setname_np(thread_.native_handle(), "discovery");
  }
  std::unique_lock lock(mutex_);
  heard_.wait_for(lock, first_answer_within, [this] {
    return std::ranges::all_of(subjects_, [](auto const& each) { return each->heard(); });
  });
  // Whatever comes from now on is a change: what is told so far is about to be used.
  for (auto const& each : subjects_) each->wait_no_more();
}

config::configuration discoveries::filled(config::configuration written) const {
  std::lock_guard const lock(mutex_);
  for (config::backend_options& each : written.backends) {
    if (auto const known = find(each)) known->fill(std::get<pool_options>(each.kind));
  }
  return written;
}

void discoveries::keep_only(config::configuration const& written) {
  serving_ = true;
  std::vector<std::shared_ptr<subject>> kept;
  for (config::backend_options const& each : written.backends) {
    if (auto const known = find(each)) kept.push_back(known);
  }
  for (auto const& each : subjects_) {
    if (std::ranges::find(kept, each) == kept.end()) reactor_->post([each] { each->end(); });
  }
  subjects_ = std::move(kept);
  for (auto const& each : subjects_) each->show();
}

}  // namespace tandem::server
