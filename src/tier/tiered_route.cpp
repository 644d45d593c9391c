#include "tier/tiered_route.hpp"

#include "model/route_tree.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace tandem::tier {

using model::verb;

tiered_route::tiered_route(std::string name, tiered_options const& options, tier_parts const& parts)
    : name_(std::move(name)),
      options_(options),
      near_(parts.near),
      far_(parts.far),
      executor_(parts.executor),
      clock_(parts.executor.running_clock()),
      unwritten_(parts.unwritten),
      far_backends_(parts.far_backends),
      patience_(parts.patience),
      l1_(name_, options, parts),
      stale_(parts.stale),
      fills_(fills_max, parts.worker_metrics, name_, "fill"),
      refreshes_(refreshes_max, parts.worker_metrics, name_, "refresh"),
      give_ups_(give_ups_max, parts.worker_metrics, name_, "give_up"),
      writes_(writes_max, parts.worker_metrics, name_, "write"),
      drops_(drops_max, parts.worker_metrics, name_, "invalidation") {
  for (model::route* const each : model::all_below(near_)) each->hold_copies(l1_.copy_times());
}

base::task<model::response> tiered_route::handle(model::request const& asked,
                                                 model::request_context& context) {
  switch (asked.command) {
    case verb::get: return read(asked, context);
    case verb::debug: return far_.handle(asked, context);
    case verb::set:
    case verb::get_and_touch:
    case verb::touch:
    case verb::add:
    case verb::replace:
    case verb::append:
    case verb::prepend:
    case verb::cas:
    case verb::increment:
    case verb::decrement:
    case verb::remove:
    case verb::flush: return write(asked, context);
  }
  return write(asked, context);
}

void tiered_route::explain(std::string_view key, model::explanation& where) const {
  model::explanation near;
  model::explanation far;
  near.of = far.of = where.of;
  near_.explain(key, near);
  far_.explain(key, far);
  where.backend = name_;
  where.key = key;
  where.serves = far.serves;
  where.destination =
      fmt::format("l1 {}, {}; l2 {}, {}", near.backend, near.destination, far.backend, far.destination);
  if (far.key != key) where.destination += fmt::format(" as \"{}\"", far.key);
}

void tiered_route::stop() {
  drops_.stop();
  writes_.stop();
  fills_.stop();
  give_ups_.stop();
  refreshes_.stop();
  l1_.stop();
}

}  // namespace tandem::tier
