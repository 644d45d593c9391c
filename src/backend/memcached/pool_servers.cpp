#include "backend/memcached/pool_servers.hpp"

#include <utility>

namespace tandem::backend::memcached {
namespace {

/// What it may take until all who ask again and again who the servers are have heard of a change, beside that.
constexpr base::duration hearsay_margin = std::chrono::seconds(10);

std::vector<std::string> names_of(pool_options const& options) {
  std::vector<std::string> names;
  names.reserve(options.servers.size());
  for (server_options const& each : options.servers) names.push_back(each.shown_name());
  return names;
}

std::vector<std::unique_ptr<server>> servers_of(pool_servers::terms const& on,
                                                std::vector<std::string> const& names,
                                                surroundings const& around) {
  std::vector<std::unique_ptr<server>> made;
  made.reserve(names.size());
  for (std::size_t at = 0; at < names.size(); ++at) {
    made.push_back(std::make_unique<server>(
        around, net::server_name{on.name, names[at]},
        link_terms{on.options.servers[at].where(), on.upstream, on.options.value_max},
        server_account{on.missed.empty() ? nullptr : on.missed[at], on.stand_ins}));
  }
  return made;
}

}  // namespace

pool_servers::pool_servers(terms const& on, surroundings const& around)
    : terms_(on),
      names_(names_of(on.options)),
      servers_(servers_of(on, names_, around)),
      marks_(on.name, servers_, on.upstream.timeout, around.reactor, around.worker_metrics),
      reactor_(around.reactor),
      links_(around.links) {}

pool_servers::~pool_servers() {
  for (auto const& each : watched_) servers_[each->at]->follow_no_more(*each);
  if (history_ && history_->latest == this) history_->latest = nullptr;
}

void pool_servers::begin() {
  if (std::exchange(begun_, true)) return;
  for (std::size_t at = 0; at < servers_.size(); ++at) {
    watched_.push_back(std::make_unique<watched>(*this, at));
    servers_[at]->follow(*watched_.back());
  }
  server_history::terms const known_as{terms_.name, without_servers(terms_.options)};
  history_ = links_.find_or_make<server_history>(
      base::identity(known_as), [&] { return std::make_unique<server_history>(known_as.options); });
  succeed_others();
}

void pool_servers::succeed_others() {
  // Other processes may hear of a change later than this one, and store copies by the list before.
  base::duration const others =
      terms_.options.discover ? 2 * terms_.options.discover->every : std::chrono::milliseconds(0);
  bool const first = history_->empty();
  auto const found =
      history_->follow(terms_.options, reactor_.now(), marks_.memory() + others + hearsay_margin);
  pool_servers const* const before = std::exchange(history_->latest, this);
  if (before) marks_.take_over(before->marks_, found.known);
  if (found.everything || (!first && !before))
    return marks_.invalidate({model::invalidation::extent::everything, {}, reactor_.now()});
  for (std::size_t const at : found.came) marks_.invalidate_server(at);
}

}  // namespace tandem::backend::memcached
