#include "server/names_in_use.hpp"

#include "routing/rule_table.hpp"

namespace tandem::server {

names_in_use::holder::holder(names_in_use& all, config::configuration const& settings) : all_(all) {
  for (config::backend_options const& each : settings.backends) names_.emplace_back("backend", each.name);
  for (routing::rule_options const& each : settings.routes)
    names_.emplace_back("rule", routing::rule_text(each));
  std::lock_guard const lock(all_.mutex_);
  for (auto const& each : names_) ++all_.users_[each];
}

names_in_use::holder::~holder() {
  std::lock_guard const lock(all_.mutex_);
  for (auto const& each : names_) {
    if (--all_.users_[each] > 0) continue;
    all_.users_.erase(each);
    all_.registry_.forget_all({each}, metrics::server_families);
  }
}

}  // namespace tandem::server
