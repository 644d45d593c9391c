#include "server/tier_factory.hpp"

#include "tier/framed_route.hpp"
#include "tier/near_only_route.hpp"
#include "tier/ordered_route.hpp"
#include "tier/tiered_route.hpp"
#include "tier/write_back/write_back_route.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace tandem::server {
namespace {

/// By which a time-out may come too late.
constexpr auto lateness = std::chrono::milliseconds(20);

/// The longest time-out of those behind the name.
base::duration timeout_of(described_tiers const& of, std::string const& name) {
  base::duration longest{};
  for (config::backend_options const* const each : of.composed.behind(name)) {
    longest = std::max<base::duration>(longest, each->upstream.timeout);
  }
  return longest;
}

/// Whether a set with flags may be answered before L2 has it: not where a Redis refuses flags.
bool far_keeps_flags(described_tiers const& of) {
  auto const far = of.composed.behind(of.options.l2);
  return std::ranges::none_of(far, [](config::backend_options const* each) {
    auto const* const redis = std::get_if<backend::redis::redis_options>(&each->kind);
    return redis && redis->encoding == backend::redis::encoding::plain &&
           redis->flags == backend::redis::flags_policy::refuse;
  });
}

std::vector<std::string> far_backends(described_tiers const& of) {
  std::vector<std::string> names;
  for (config::backend_options const* const each : of.composed.behind(of.options.l2)) {
    names.push_back(each->name);
  }
  return names;
}

tier::tier_parts both_of(described_tiers const& of) {
  base::duration const far_timeout = timeout_of(of, of.options.l2);
  return {.near = of.near,
          .far = of.far,
          .missed = of.parts.missed.of(of.name),
          .worker_metrics = of.parts.worker_metrics,
          .executor = of.parts.reactor,
          .unwritten = of.options.queue ? &of.parts.queues.named(of.name) : nullptr,
          .patience = far_timeout,
          .settle = timeout_of(of, of.options.l1) + far_timeout + lateness,
          .far_backends = far_backends(of),
          .stale = of.parts.stale.of(of.name)};
}

tier::flusher_parts flusher_of(model::route& tiered, described_tiers const& of) {
  return {of.parts.queues.named(of.name), of.far, tiered, of.parts.reactor};
}

/// What takes a set that L2 has not, if anything does.
model::route& with_stand_in(model::route_tree& tree, model::route& tiered, described_tiers const& of) {
  tier::tiered_options const& options = of.options;
  bool const back = options.write == tier::write_policy::back;
  bool const queues = back || options.on_l2_failure == tier::l2_failure::queue;
  bool const near_alone = !queues && options.on_l2_failure == tier::l2_failure::l1_only;
  if (!queues && !near_alone) return tiered;
  model::route* near = &of.near;
  if (options.lease.count() > 0)
    near = &tree.add(std::make_unique<tier::framed_route>(*near, options.stale_for));
  if (near_alone) return tree.add(std::make_unique<tier::near_only_route>(options.l1_ttl, tiered, *near));
  auto const mode = back ? tier::write_back_mode::always : tier::write_back_mode::on_failure;
  return tree.add(std::make_unique<tier::write_back_route>(
      of.name, tier::write_back_options{mode, options.l1_ttl, far_keeps_flags(of)}, tiered, *near,
      flusher_of(tiered, of), of.parts.worker_metrics));
}

}  // namespace

model::route& add_tiers(model::route_tree& tree, described_tiers const& of) {
  using tier::ordered_route;
  model::route& both = tree.add(std::make_unique<tier::tiered_route>(of.name, of.options, both_of(of)));
  model::route& inner = with_stand_in(tree, both, of);
  // Written through, a set asks L1 before it goes to L2.
  bool const asks_near = of.options.write == tier::write_policy::through;
  return tree.add(std::make_unique<ordered_route>(
      inner, asks_near ? tier::key_order::kind::alone : tier::key_order::kind::write,
      of.options.lease.count() > 0 ? ordered_route::scope::client : ordered_route::scope::everybody));
}

}  // namespace tandem::server
