#include "net/server_health.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace tandem::net {

std::shared_ptr<server_health::server> server_health::known_as(base::identity const& who) {
  std::lock_guard const lock(mutex_);
  std::erase_if(servers_, [](auto const& each) { return each.second.expired(); });
  auto const found = std::ranges::find_if(servers_, [&who](auto const& each) { return each.first == who; });
  if (found != servers_.end()) {
    if (auto known = found->second.lock()) return known;
    servers_.erase(found);
  }
  auto made = std::make_shared<server>();
  servers_.emplace_back(who, made);
  return made;
}

void server_health::named(server& one, server_name const& as) {
  std::lock_guard const lock(mutex_);
  ++one.names_[as];
  ++names_[as];
}

void server_health::unnamed(server& one, server_name const& as) {
  std::lock_guard const lock(mutex_);
  if (--one.names_[as] == 0) one.names_.erase(as);
  if (--names_[as] > 0) return;
  names_.erase(as);
  if (gone_) gone_(as);
}

void server_health::began(server& at, bool was_troubled, trouble const& what) {
  std::lock_guard const lock(mutex_);
  if (!was_troubled) ++at.troubled_;
  if (!at.now_.failed(what.words)) return;
  say_(base::log_level::warning, fmt::format("{} {}: {}", names_of(at), effect_of(what.kind), what.words));
}

/// Also a link that saw nothing may be the one that proves the server well: those that saw the trouble may be gone.
void server_health::ended(server& at, bool was_troubled) {
  std::lock_guard const lock(mutex_);
  if (was_troubled) --at.troubled_;
  if (at.troubled_ == 0 && at.now_.over())
    say_(base::log_level::info, fmt::format("{} is well again", names_of(at)));
}

void server_health::left(server& at) {
  std::lock_guard const lock(mutex_);
  --at.troubled_;
}

std::string server_health::names_of(server const& one) {
  std::string all;
  for (auto const& [name, users] : one.names_) all += (all.empty() ? "" : ", ") + name.str();
  return all;
}

}  // namespace tandem::net
