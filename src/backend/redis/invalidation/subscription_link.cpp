#include "backend/redis/invalidation/subscription_link.hpp"

#include "backend/reconnect.hpp"
#include "base/log.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace tandem::backend::redis {
namespace {

std::string label_of(node_settings const& shared, net::endpoint const& where, link_purpose purpose,
                     std::string const& channel) {
  std::string words;
  switch (purpose) {
    case link_purpose::listen: words = "to channel " + channel; break;
    case link_purpose::track: words = "for tracking"; break;
    case link_purpose::scout: words = "for the slots"; break;
  }
  return fmt::format("backend {}: the link {} on server {}", shared.backend, words, where.str());
}

}  // namespace

subscription_link::subscription_link(node_settings const& shared, net::endpoint where, link_purpose purpose,
                                     std::string const& channel, owner& told)
    : purpose_(purpose),
      shared_(shared),
      told_(told),
      fsm_(purpose, shared.options, channel),
      label_(label_of(shared, where, purpose, channel)),
      watched_(shared.health, shared.worker_metrics, shared.identity_of(where), shared.name(where),
               {shared.upstream.breaker, shared.upstream.retry.budget_min}),
      connection_(shared.reactor, where, shared.upstream, watched_, jittered_pauses(shared.upstream), *this),
      name_(shared.reactor, connection_.where(), shared.upstream.resolve_every, *this) {
  connection_.connect();
}

void subscription_link::on_connected() {
  codec_.emplace(shared_.options.value_max);
  heard_ = false;
  fsm_.begin(connection_.output());
  connection_.flush_later();
  shared_.reactor.arm(*this, shared_.reactor.now() + shared_.upstream.silence_max());
}

void subscription_link::on_bytes() {
  heard_ = true;
  while (connection_.current() == net::upstream_connection::state::ready &&
         !connection_.input().unread().empty()) {
    switch (codec_->next(connection_.input())) {
      case base::parse_status::need_more: return connection_.flush_later();
      case base::parse_status::garbage:
        return give_up(net::trouble_kind::bad_protocol, "the server broke its protocol");
      case base::parse_status::complete: fsm_.on_reply(codec_->take(), connection_.output(), *this);
    }
  }
  if (connection_.current() == net::upstream_connection::state::ready) connection_.flush_later();
}

void subscription_link::on_alive(protocol::redis::reply const& answer) {
  if (purpose_ == link_purpose::scout) {
    auto view = slot_map::read(answer, where().host);
    if (!view) return give_up(net::trouble_kind::refused, view.error().message);
    view_ = std::move(*view);
  }
  connection_.proved_alive();
  if (!std::exchange(stands_, true)) {
    lost_.over();
    base::log_info("{} stands", label_);
  }
  auto const pause = told_.in_doubt() ? beat_interval_in_doubt : beat_interval;
  shared_.reactor.arm(*this, shared_.reactor.now() + pause);
  told_.on_link();
}

void subscription_link::on_deadline() {
  if (connection_.current() != net::upstream_connection::state::ready) return;
  // The answer to a heartbeat stands behind all that was told before it.
  if (fsm_.beating() && !std::exchange(heard_, false))
    return give_up(net::trouble_kind::timeout, "the server does not answer");
  if (!fsm_.beating()) {
    heard_ = false;
    fsm_.beat(connection_.output());
    connection_.flush_later();
  }
  shared_.reactor.arm(*this, shared_.reactor.now() + shared_.upstream.silence_max());
}

void subscription_link::on_failed(std::string reason) {
  give_up(stands_ ? net::trouble_kind::refused : net::trouble_kind::sign_in, std::move(reason));
}

/// What is told at the old place is not what happens at the new one.
void subscription_link::on_addresses(std::vector<std::string> const& found) {
  std::string const at = connection_.peer();
  if (at.empty() || std::ranges::find(found, at) != found.end()) return;
  connection_.give_up(
      {base::error_kind::connection_lost,
       fmt::format("its name stands for {} now, and not for {} any more", found.front(), at)});
}

void subscription_link::give_up(net::trouble_kind kind, std::string reason) {
  connection_.turned_away({kind, std::move(reason)});
}

void subscription_link::on_disconnected(base::error const& reason) {
  disarm();
  view_.reset();
  stands_ = false;
  if (lost_.failed(reason.message)) base::log_warning("{} is down: {}", label_, reason.message);
  connection_.connect();  // unless it pauses
  told_.on_link();
}

}  // namespace tandem::backend::redis
