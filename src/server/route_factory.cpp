#include "server/route_factory.hpp"

#include "backend/memcached/pool_route.hpp"
#include "backend/memcached/rehash_route.hpp"
#include "backend/memcached/unfound_route.hpp"
#include "backend/memory/memory_route.hpp"
#include "backend/redis/redis_route.hpp"
#include "config/composition.hpp"
#include "protocol/redis/structures/structure.hpp"
#include "routing/coalesce_route.hpp"
#include "routing/failover_route.hpp"
#include "routing/miss_on_failure_route.hpp"
#include "routing/replicated_route.hpp"
#include "routing/rule_route.hpp"
#include "routing/shadow_route.hpp"
#include "routing/split_route.hpp"
#include "server/replica_zones.hpp"
#include "server/tier_factory.hpp"
#include "server/times_needed.hpp"
#include "tier/near_item.hpp"
#include "tier/ordered_route.hpp"
#include "tier/own_numbers_route.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace tandem::server {
namespace {

using found_route = base::result<model::route*>;

base::error in_words(std::vector<routing::rule_error> const& faulty) {
  std::string all;
  for (routing::rule_error const& each : faulty) {
    all += fmt::format("{}routes[{}]: {}", all.empty() ? "" : "; ", each.rule, each.message);
  }
  return {base::error_kind::configuration, all};
}

bool has_stand_ins(config::backend_options const& of) {
  return of.on_server_failure.chosen != routing::server_failure_options::choice::error;
}

/// Makes each backend when it is first named, after those that it names itself.
class route_factory {
 public:
  route_factory(config::configuration const& settings, worker_parts const& parts)
      : settings_(settings), parts_(parts), composed_(settings.backends), times_(composed_) {}

  base::result<model::route_tree> make();

 private:
  using options = config::backend_options;

  found_route named(std::string_view name);
  found_route for_rules(std::string_view name);

  // By kind of backend.
  found_route make(options const& of, backend::memcached::pool_options const& pool);
  found_route make(options const& of, backend::redis::redis_options const& redis);
  found_route make(options const& of, backend::memory::memory_options const& memory);
  found_route make(options const& of, tier::tiered_options const& tiers);
  found_route make(options const& of, routing::split_options const& split);
  found_route make(options const& of, routing::failover_options const& failover);
  found_route make(options const& of, routing::coalesce_options const& coalesce);
  found_route make(options const& of, routing::shadow_options const& shadow);
  found_route make(options const& of, routing::replicated_options const& replicated);

  model::route& with_structure(routing::rule_options const& rule);
  model::route& may_miss(options const& of, model::route& to);
  found_route with_stand_ins(options const& of, backend::memcached::pool_route& pool);
  found_route in_order(model::route& all);
  model::route& with_delayed_flush(options const& of, model::route& inner);
  bool can_be_flushed(std::string_view name) const;
  backend::surroundings around() const {
    return {parts_.reactor, parts_.worker_metrics, parts_.health, parts_.links};
  }

  config::configuration const& settings_;
  worker_parts const& parts_;
  config::composition const composed_;
  times_needed times_;
  model::route_tree tree_;
  std::unordered_map<std::string_view, model::route*> backends_;
  std::unordered_map<std::string_view, model::route*> for_rules_;
};

base::result<model::route_tree> route_factory::make() {
  std::vector<routing::bound_rule> rules;
  rules.reserve(settings_.routes.size());
  for (routing::rule_options const& each : settings_.routes) {
    found_route to = for_rules(each.to);
    if (!to) return to.error();
    if (each.as) {
      rules.push_back({each, with_structure(each), times_.behind(each.to), *to});
    } else {
      rules.push_back({each, **to, times_.behind(each.to)});
    }
  }
  // Tiers that no rule names may have values in their queue from when one did, and copies that others read.
  for (options const& each : settings_.backends) {
    if (!std::holds_alternative<tier::tiered_options>(each.kind)) continue;
    if (found_route const made = named(each.name); !made) return made.error();
  }
  auto root = routing::rule_route::make(rules, parts_.worker_metrics);
  if (!root) return in_words(root.error());
  tree_.add(std::move(*root));
  return std::move(tree_);
}

found_route route_factory::named(std::string_view name) {
  auto const found = backends_.find(name);
  if (found != backends_.end()) return found->second;
  options const& of = *composed_.find(name);
  found_route made = std::visit([&](auto const& kind) { return make(of, kind); }, of.kind);
  if (made) backends_.emplace(of.name, *made);
  return made;
}

/// What rules send keys to: compositions ask the backends themselves.
found_route route_factory::for_rules(std::string_view name) {
  auto const found = for_rules_.find(name);
  if (found != for_rules_.end()) return found->second;
  found_route made = named(name);
  if (!made) return made;
  options const& of = *composed_.find(name);
  model::route* to = *made;
  if (composed_.holds_copies(name)) to = &tree_.add(std::make_unique<tier::own_numbers_route>(of.name, *to));
  to = &may_miss(of, *to);
  for_rules_.emplace(of.name, to);
  return to;
}

model::route& route_factory::may_miss(options const& of, model::route& to) {
  if (of.on_failure != routing::on_failure::miss) return to;
  return tree_.add(std::make_unique<routing::miss_on_failure_route>(of.name, to, parts_.worker_metrics));
}

/// The rule's Redis once more, which shares all links with it, and knows other things to lie under its keys.
model::route& route_factory::with_structure(routing::rule_options const& rule) {
  options const& of = *composed_.find(rule.to);
  auto bounded = std::get<backend::redis::redis_options>(of.kind);
  bounded.value_max = settings_.limits.value;
  auto keys =
      protocol::redis::make_structure(of.name, routing::rule_text(rule), bounded.translation(), *rule.as);
  return may_miss(of, tree_.add(std::make_unique<backend::redis::redis_route>(
                          of.name, bounded, of.upstream, around(), parts_.flushes.gate_of(of.name),
                          parts_.masters.of(of.name), std::move(keys))));
}

found_route route_factory::make(options const& of, backend::memcached::pool_options const& pool) {
  if (pool.discover && pool.servers.empty())
    return &tree_.add(
        std::make_unique<backend::memcached::unfound_route>(of.name, *pool.discover, parts_.worker_metrics));
  backend::memcached::pool_options bounded = pool;
  std::size_t const header = composed_.holds_copies(of.name) ? tier::near_header_bytes : 0;
  bounded.value_max = settings_.limits.value + header;
  auto made = backend::memcached::pool_route::make(
      {of.name, bounded, of.upstream, parts_.missed_by_server.of(of.name), has_stand_ins(of)}, around());
  if (!made) return made.error();
  backend::memcached::pool_route& servers = tree_.add(std::move(*made));
  return has_stand_ins(of) ? with_stand_ins(of, servers) : &servers;
}

/// The pool as the first of a failover.
found_route route_factory::with_stand_ins(options const& of, backend::memcached::pool_route& pool) {
  using member = routing::failover_route::member;
  routing::server_failure_options const& chosen = of.on_server_failure;
  base::duration const timeout = of.upstream.timeout;
  std::vector<member> members{{of.name, pool, timeout}};
  if (chosen.chosen == routing::server_failure_options::choice::rehash) {
    auto made = std::make_unique<backend::memcached::rehash_route>(pool);
    members.push_back({"rehash", tree_.add(std::move(made)), timeout});
  } else {
    found_route found = named(chosen.gutter);
    if (!found) return found;
    members.push_back({chosen.gutter, **found, times_.behind(chosen.gutter)});
  }
  model::route& all = tree_.add(std::make_unique<routing::failover_route>(
      of.name, routing::failover_options{.ttl = chosen.ttl}, members,
      routing::failover_route::shared{parts_.watches.of(of.name), nullptr}, parts_.reactor,
      parts_.worker_metrics));
  return in_order(all);
}

found_route route_factory::make(options const& of, backend::redis::redis_options const& redis) {
  backend::redis::redis_options bounded = redis;
  bounded.value_max = settings_.limits.value;
  model::route& made = tree_.add(std::make_unique<backend::redis::redis_route>(
      of.name, bounded, of.upstream, around(), parts_.flushes.gate_of(of.name), parts_.masters.of(of.name)));
  return can_be_flushed(of.name) ? &with_delayed_flush(of, made) : &made;
}

found_route route_factory::make(options const& of, backend::memory::memory_options const&) {
  return &tree_.add(std::make_unique<backend::memory::memory_route>(of.name, parts_.stores.named(of.name),
                                                                    parts_.worker_metrics));
}

found_route route_factory::make(options const& of, tier::tiered_options const& tiers) {
  found_route near = named(tiers.l1);
  if (!near) return near;
  found_route far = named(tiers.l2);
  if (!far) return far;
  model::route& made = add_tiers(tree_, {of.name, tiers, **near, **far, composed_, parts_});
  return can_be_flushed(tiers.l2) ? &with_delayed_flush(of, made) : &made;
}

found_route route_factory::make(options const& of, routing::split_options const& split) {
  routing::split_route::destinations to{};
  for (std::size_t verb = 0; verb < to.size(); ++verb) {
    bool const debugs = static_cast<model::verb>(verb) == model::verb::debug;
    std::string const& own = split.by_verb[debugs ? static_cast<std::size_t>(model::verb::get) : verb];
    found_route found = named(own.empty() ? split.otherwise : own);
    if (!found) return found;
    to[verb] = *found;
  }
  return &tree_.add(std::make_unique<routing::split_route>(of.name, to));
}

found_route route_factory::make(options const& of, routing::failover_options const& failover) {
  std::vector<routing::failover_route::member> members;
  for (std::string const& each : failover.to) {
    found_route found = named(each);
    if (!found) return found;
    members.push_back({each, **found, times_.behind(each)});
  }
  model::route& all = tree_.add(std::make_unique<routing::failover_route>(
      of.name, failover, members,
      routing::failover_route::shared{parts_.watches.of(of.name), &parts_.missed.of(of.name)}, parts_.reactor,
      parts_.worker_metrics));
  return in_order(all);
}

found_route route_factory::make(options const& of, routing::coalesce_options const& coalesce) {
  found_route to = named(coalesce.to);
  if (!to) return to;
  return &tree_.add(
      std::make_unique<routing::coalesce_route>(of.name, **to, parts_.reactor, parts_.worker_metrics));
}

found_route route_factory::make(options const& of, routing::shadow_options const& shadow) {
  found_route to = named(shadow.to);
  if (!to) return to;
  found_route copy_to = named(shadow.copy_to);
  if (!copy_to) return copy_to;
  return &tree_.add(
      std::make_unique<routing::shadow_route>(of.name, shadow, **to, **copy_to, parts_.worker_metrics));
}

found_route route_factory::make(options const& of, routing::replicated_options const& replicated) {
  std::vector<routing::replicated_route::replica> replicas;
  for (std::string const& each : replicated.to) {
    found_route found = named(each);
    if (!found) return found;
    replicas.push_back({each, *found, zone_of(composed_, settings_.zones, each)});
  }
  model::route& all = tree_.add(std::make_unique<routing::replicated_route>(
      of.name, replicated, replicas, parts_.reactor, parts_.worker_metrics));
  return in_order(all);
}

/// A client's commands on one key, whoever does them.
found_route route_factory::in_order(model::route& all) {
  using tier::key_order;
  using tier::ordered_route;
  return &tree_.add(std::make_unique<ordered_route>(all, key_order::kind::alone, ordered_route::scope::client,
                                                    key_order::kind::alone));
}

model::route& route_factory::with_delayed_flush(options const& of, model::route& inner) {
  return tree_.add(std::make_unique<tier::delayed_flush_route>(of.name, inner, parts_.flushes.of(of.name),
                                                               parts_.reactor, parts_.worker_metrics));
}

/// Whether a Redis is behind it that lets itself be flushed; of a delay it knows nothing.
bool route_factory::can_be_flushed(std::string_view name) const {
  auto const all = composed_.behind(name);
  return std::ranges::any_of(all, [](options const* each) {
    auto const* const redis = std::get_if<backend::redis::redis_options>(&each->kind);
    return redis && redis->flush != backend::redis::flush_policy::refuse;
  });
}

}  // namespace

base::result<model::route_tree> make_routes(config::configuration const& settings,
                                            worker_parts const& parts) {
  return route_factory(settings, parts).make();
}

}  // namespace tandem::server
