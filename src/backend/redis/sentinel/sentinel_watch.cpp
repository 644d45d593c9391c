#include "backend/redis/sentinel/sentinel_watch.hpp"

#include "backend/reconnect.hpp"
#include "base/log.hpp"
#include "protocol/redis/command_writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace tandem::backend::redis {
namespace {

std::string const switches_channel = "+switch-master";

/// One Sentinel's time to answer before it counts as silent.
base::duration patience(net::upstream_options const& upstream) {
  return std::clamp<base::duration>(upstream.timeout, std::chrono::milliseconds(100),
                                    std::chrono::seconds(1));
}

std::vector<std::string> names_of(sentinel_options const& all) {
  std::vector<std::string> names;
  for (net::endpoint const& each : all.servers) names.push_back(each.str());
  return names;
}

/// A Sentinel is spoken to as if it were a Redis of its own.
node_settings settings_of_sentinels(node_settings const& backend) {
  node_settings made = backend;
  made.options = redis_options();
  made.options.username = backend.options.sentinel.username;
  made.options.password = backend.options.sentinel.password;
  made.master = nullptr;
  return made;
}

/// Signs in, if there is a password; a file is read again if it is refused.
base::task<std::optional<net::trouble>> sign_in(link& through, redis_options const& options) {
  if (options.password.empty()) co_return std::nullopt;
  base::time_point const deadline = through.reactor().now() + through.options().connect_timeout;
  for (;;) {
    std::string const password = options.password.value();
    std::optional<std::string_view> name;
    if (!options.username.empty()) name = options.username;
    auto const answered = co_await through.send_greeting({deadline, 1}, [&](base::output_buffer& output) {
      protocol::redis::command_writer(output).command("AUTH", name, password);
    });
    if (!answered) {
      base::error const& why = answered.error().reason;
      co_return net::trouble{net::trouble_of(why.kind), why.message};
    }
    protocol::redis::reply const& said = answered->front();
    if (!said.is_error()) co_return std::nullopt;
    // Ends when the file says the same twice, or no time is left.
    if (options.password.renewed(password)) continue;
    co_return net::trouble{net::trouble_kind::sign_in, said.text.str()};
  }
}

}  // namespace

struct sentinel_watch::sentinel {
  sentinel(node_settings const& shared, net::endpoint const& where, subscription_link::owner& told)
      : watched(shared.health, shared.worker_metrics, shared.identity_of(where), shared.name(where),
                {.breaker = {.failures = std::numeric_limits<unsigned>::max()}}),
        asked(
            shared.reactor, {where, shared.upstream, watched, jittered_pauses(shared.upstream)},
            [&shared] { return codec(shared.options.value_max); },
            [&shared](link& through) { return sign_in(through, shared.options); }),
        heard(shared, where, link_purpose::listen, switches_channel, told) {}

  net::watched_server watched;
  link asked;
  subscription_link heard;
};

sentinel_watch::sentinel_watch(node_settings settings, model::invalidation_sink& sink)
    : settings_(std::move(settings)),
      sentinels_(settings_of_sentinels(settings_)),
      belief_(*settings_.master),
      sink_(sink),
      switches_(
          settings_.worker_metrics.counter(metrics::master_switches_total, {{"backend", settings_.backend}})),
      council_(names_of(belief_.of())),
      hears_(belief_, master_belief::interest::suspicions, settings_.reactor, [this] { doubt(); }),
      asking_(belief_.of().servers.size()) {
  subscription_link::owner& told = *this;
  for (net::endpoint const& each : belief_.of().servers)
    all_.push_back(std::make_unique<sentinel>(sentinels_, each, told));
  arm_timer();
}

sentinel_watch::~sentinel_watch() { asking_.stop(); }

/// Begins with the name of the master that it is about: "main 10.0.0.1 6379 10.0.0.2 6379". The epoch, without which it is
/// not believed, has to be asked for.
void sentinel_watch::on_message(std::string_view message) {
  std::string_view const name = message.substr(0, message.find(' '));
  if (name == belief_.of().master) doubt();
}

/// What a subscription has missed while it did not stand is asked for.
void sentinel_watch::on_link() {
  auto const stand = std::ranges::count_if(all_, [](auto const& each) { return each->heard.stands(); });
  auto const before = std::exchange(standing_, static_cast<std::size_t>(stand));
  if (before != standing_) doubt();
}

void sentinel_watch::doubt() {
  council_.doubt();
  arm_timer();
}

void sentinel_watch::arm_timer() {
  auto const due = council_.due();
  if (due) settings_.reactor.arm(*this, std::max(*due, settings_.reactor.now()));
}

void sentinel_watch::on_deadline() {
  for (std::size_t const each : council_.ask(settings_.reactor.now())) std::ignore = asking_.start(ask(each));
  arm_timer();
}

base::task<void> sentinel_watch::ask(std::size_t which) {
  base::time_point const deadline = settings_.reactor.now() + patience(settings_.upstream);
  auto const answered = co_await all_[which]->asked.send(
      {deadline, sentinel_view::replies, net::no_client, net::priority::probe},
      [this](base::output_buffer& output) { sentinel_view::ask(belief_.of().master, output); });
  base::time_point const now = settings_.reactor.now();
  if (!answered) {
    decided(council_.failed(which, answered.error().reason.message, now));
  } else if (auto const view = sentinel_view::read({answered->data(), answered->size()})) {
    decided(council_.answered(which, *view, now));
  } else {
    decided(council_.failed(which, view.error().message, now));
  }
  arm_timer();
}

void sentinel_watch::decided(std::optional<council::change> const& made) {
  tell_trouble();
  auto replicas = council_.replicas();
  if (!made) return follow_replicas(std::move(replicas));
  belief_.believe(made->now, std::move(replicas));
  if (!made->was) {
    return base::log_info("backend {}: the master is {}: {}", settings_.backend, made->now.str(),
                          made->reason);
  }
  switches_.add();
  base::log_warning("backend {}: the master is now {}, it was {}: {}", settings_.backend, made->now.str(),
                    made->was->str(), made->reason);
  sink_.invalidate({model::invalidation::extent::everything, {}, settings_.reactor.running_clock().now()});
}

/// While no Sentinel answers, those that were known stay.
void sentinel_watch::follow_replicas(std::vector<net::endpoint> found) {
  auto const& known = council_.believed();
  if (!known || council_.deaf() || found == belief_.replicas()) return;
  belief_.believe(known->master, std::move(found));
}

void sentinel_watch::tell_trouble() {
  bool const deaf = council_.deaf();
  std::string const tried =
      fmt::format("no Sentinel names a master \"{}\": {}", belief_.of().master, council_.complaints());
  if (!council_.believed()) belief_.is_troubled(tried);
  if (std::exchange(deaf_, deaf) == deaf) return;
  if (!deaf) return base::log_info("backend {}: a Sentinel answers again", settings_.backend);
  auto const& known = council_.believed();
  base::log_warning("backend {}: {}{}", settings_.backend, tried,
                    known ? fmt::format("; {} stays the master", known->master.str()) : "");
}

}  // namespace tandem::backend::redis
