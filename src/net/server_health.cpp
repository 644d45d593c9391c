#include "net/server_health.hpp"

#include <fmt/core.h>

#include <utility>

namespace tandem::net {

server_health::witness::witness(server_health& all, metrics::worker_metrics& figures, server_name of)
    : all_(all), figures_(figures), of_(std::move(of)) {
  all_.arrived(of_);
}

server_health::witness::~witness() {
  count(-1);
  all_.left(of_, seen_.has_value());
}

void server_health::witness::sees(trouble what) {
  bool const was_troubled = seen_.has_value();
  if (seen_ != what.kind) {
    count(-1);
    seen_ = what.kind;
    count(1);
  }
  all_.began(of_, was_troubled, what);
}

void server_health::witness::sees_none() {
  bool const was_troubled = seen_.has_value();
  count(-1);
  seen_.reset();
  all_.ended(of_, was_troubled);
}

/// Kinds that were never seen have no figure: most servers never show any.
void server_health::witness::count(std::int64_t change) {
  if (!seen_) return;
  figures_
      .gauge(metrics::server_trouble,
             {{"backend", of_.backend}, {"server", of_.server}, {"kind", std::string(name_of(*seen_))}})
      .add(change);
}

std::shared_ptr<successes> server_health::successes_of(server_name const& of) {
  std::lock_guard const lock(mutex_);
  std::erase_if(successes_, [](auto const& each) { return each.second.expired(); });
  std::weak_ptr<successes>& known = successes_[of];
  std::shared_ptr<successes> shared = known.lock();
  if (!shared) known = shared = std::make_shared<successes>();
  return shared;
}

void server_health::arrived(server_name const& of) {
  std::lock_guard const lock(mutex_);
  ++servers_[of].witnesses;
}

void server_health::left(server_name const& of, bool was_troubled) {
  std::lock_guard const lock(mutex_);
  auto const found = servers_.find(of);
  state& server = found->second;
  if (was_troubled) --server.troubled;
  if (--server.witnesses > 0) return;
  servers_.erase(found);
  if (gone_) gone_(of);
}

void server_health::began(server_name const& of, bool was_troubled, trouble const& what) {
  std::lock_guard const lock(mutex_);
  state& server = servers_.at(of);
  if (!was_troubled) ++server.troubled;
  if (!server.now.failed(what.words)) return;
  say_(base::log_level::warning, fmt::format("{} {}: {}", of.str(), effect_of(what.kind), what.words));
}

/// Also a witness that saw nothing may be the one that proves the server well: those that saw the trouble may be gone.
void server_health::ended(server_name const& of, bool was_troubled) {
  std::lock_guard const lock(mutex_);
  state& server = servers_.at(of);
  if (was_troubled) --server.troubled;
  if (server.troubled == 0 && server.now.over())
    say_(base::log_level::info, fmt::format("{} is well again", of.str()));
}

}  // namespace tandem::net
