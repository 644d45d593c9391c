#include "backend/redis/invalidation/subscriber.hpp"

#include "base/log.hpp"
#include "base/printable.hpp"
#include "model/limits.hpp"

#include <algorithm>
#include <set>

namespace tandem::backend::redis {
namespace {

constexpr base::duration complaint_interval = std::chrono::seconds(1);

metrics::labels labels_of(node_settings const& settings, subscription_options const& what) {
  if (what.tracking()) return {{"backend", settings.backend}, {"source", "tracking"}};
  return {{"backend", settings.backend}, {"source", "channel"}, {"channel", what.channel}};
}

}  // namespace

subscriber::subscriber(node_settings settings, subscription_options what, model::invalidation_sink& sink)
    : settings_(std::move(settings)),
      what_(std::move(what)),
      sink_(sink),
      received_(settings_.worker_metrics.counter(metrics::invalidations_received_total,
                                                 labels_of(settings_, what_))),
      bad_messages_(settings_.worker_metrics.counter(metrics::invalidation_bad_messages_total,
                                                     labels_of(settings_, what_))),
      losses_(settings_.worker_metrics.counter(metrics::invalidation_link_losses_total,
                                               labels_of(settings_, what_))),
      trust_(settings_.worker_metrics.gauge(metrics::invalidation_trusted, labels_of(settings_, what_))) {
  if (settings_.master) {
    hears_.emplace(*settings_.master, master_belief::interest::changes, settings_.reactor,
                   [this] { on_link(); });
  }
  reconcile();
}

subscriber::~subscriber() = default;

void subscriber::on_message(std::string_view message) {
  auto const what = model::parse_invalidation(message, settings_.reactor.now());
  if (!what) return complain(message);
  tell(*what);
}

void subscriber::on_changed(std::span<protocol::redis::reply const> keys) {
  for (protocol::redis::reply const& each : keys) {
    std::string_view key = each.text.view();
    if (!key.starts_with(settings_.options.key_prefix)) continue;
    key.remove_prefix(settings_.options.key_prefix.size());
    // What no client can ask for is nowhere else.
    if (key.empty() || key.size() > model::key_size_max) continue;
    tell({model::invalidation::extent::key, std::string(key), settings_.reactor.now()});
  }
}

void subscriber::on_all_changed() {
  tell({model::invalidation::extent::everything, {}, settings_.reactor.now()});
}

void subscriber::tell(model::invalidation what) {
  received_.add();
  sink_.invalidate(what);
}

void subscriber::complain(std::string_view message) {
  bad_messages_.add();
  base::time_point const now = settings_.reactor.now();
  if (complained_ && now - *complained_ < complaint_interval) return;
  complained_ = now;
  base::log_warning(
      "backend {}: a message on channel {} is neither a key nor a prefix and *: {} bytes, \"{}\"",
      settings_.backend, what_.channel, message.size(), base::printable(message));
}

/// Links are made and ended later, since one of them is calling; a loss counts now.
void subscriber::on_link() {
  bool const lost = std::ranges::any_of(links_, [](auto const& each) {
    return each.first.second != link_purpose::scout && each.second && !each.second->stands();
  });
  if (lost && std::exchange(trusted_, false)) {
    losses_.add();
    trust_.set(0);
  }
  settings_.reactor.arm(*this, settings_.reactor.now());
}

void subscriber::on_deadline() {
  bool const complete = reconcile();
  if (complete == trusted_) return;
  trusted_ = complete;
  trust_.set(complete ? 1 : 0);
  if (!complete) return losses_.add();
  sink_.invalidate({model::invalidation::extent::everything, {}, settings_.reactor.now()});
}

/// Whether all that is needed is known, and stands. The views of a cluster's nodes come only from scouts.
bool subscriber::reconcile() {
  std::vector<slot_map const*> views;
  for (auto const& [which, each] : links_) {
    if (each->view()) views.push_back(&*each->view());
  }
  auto const master = settings_.master ? settings_.master->master() : std::nullopt;
  link_needs const wanted = needs_of(settings_.options, what_, views, master);
  // Without any view the links stay as they are: they may still hear something.
  if (wanted.needed.empty()) {
    for (net::endpoint const& each : wanted.scouts) ask_for(each, link_purpose::scout);
    return false;
  }
  return keep_links(wanted);
}

bool subscriber::keep_links(link_needs const& wanted) {
  std::set<std::pair<std::string, link_purpose>> kept;
  bool complete = true;
  link_purpose const purpose = what_.tracking() ? link_purpose::track : link_purpose::listen;
  for (net::endpoint const& each : wanted.needed) {
    kept.emplace(each.str(), purpose);
    complete = ask_for(each, purpose) && complete;
  }
  for (net::endpoint const& each : wanted.scouts) {
    kept.emplace(each.str(), link_purpose::scout);
    ask_for(each, link_purpose::scout);
  }
  std::erase_if(links_, [&kept](auto const& each) { return !kept.contains(each.first); });
  return complete;
}

/// Whether the link stands.
bool subscriber::ask_for(net::endpoint const& where, link_purpose purpose) {
  auto& found = links_[{where.str(), purpose}];
  if (!found) {
    subscription_link::owner& told = *this;
    found = std::make_unique<subscription_link>(settings_, where, purpose, what_.channel, told);
  }
  return found->stands();
}

}  // namespace tandem::backend::redis
