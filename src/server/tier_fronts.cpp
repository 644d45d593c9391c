#include "server/tier_fronts.hpp"

#include "net/sleep.hpp"
#include "tier/framed_route.hpp"
#include "tier/near_only_route.hpp"

#include <random>
#include <utility>

namespace tandem::server {
namespace {

tier::flusher_parts flusher_of(model::route& tiered, fronted_tiers const& of) {
  net::reactor& reactor = of.reactor;
  return {of.queues.named(of.name),
          of.far,
          tiered,
          of.clock,
          [&reactor](base::duration pause) { return net::sleep_for(reactor, pause); },
          [&reactor](std::function<void()> work) { reactor.post(std::move(work)); },
          [random = std::minstd_rand(std::random_device()())]() mutable {
            return static_cast<std::uint32_t>(random() * 2);
          }};
}

}  // namespace

std::unique_ptr<model::route> tier_fronts::put_before(model::route& tiered, fronted_tiers const& of) {
  using tier::key_order;
  model::route* before = &tiered;
  model::route* near = &of.near;
  if (of.options.lease.count() > 0)
    near = inner_.emplace_back(std::make_unique<tier::framed_route>(of.near)).get();
  tier::tiered_options const& options = of.options;
  bool const back = options.write == tier::write_policy::back;
  if (back || options.on_l2_failure == tier::l2_failure::queue) {
    auto const mode = back ? tier::write_back_mode::always : tier::write_back_mode::on_failure;
    auto made = std::make_unique<tier::write_back_route>(
        of.name, tier::write_back_options{mode, options.l1_ttl, of.far_keeps_flags}, *before, *near,
        flusher_of(*before, of));
    queued_.push_back(made.get());
    before = inner_.emplace_back(std::move(made)).get();
  } else if (options.on_l2_failure == tier::l2_failure::l1_only) {
    before =
        inner_.emplace_back(std::make_unique<tier::near_only_route>(options.l1_ttl, *before, *near)).get();
  }
  // Written through, a set asks L1 before it goes to L2.
  bool const asks_near = options.write == tier::write_policy::through;
  using tier::ordered_route;
  auto made = std::make_unique<ordered_route>(
      *before, asks_near ? key_order::kind::alone : key_order::kind::write,
      options.lease.count() > 0 ? ordered_route::scope::client : ordered_route::scope::everybody);
  outermost_.push_back(made.get());
  return made;
}

void tier_fronts::kick() {
  for (tier::write_back_route* each : queued_) each->flusher().kick();
}

void tier_fronts::drain(std::function<void()> drained) {
  undrained_ = queued_.size();
  if (undrained_ == 0) return drained();
  for (tier::write_back_route* each : queued_) {
    each->flusher().drain([this, drained] {
      if (--undrained_ == 0) drained();
    });
  }
}

void tier_fronts::close() {
  for (tier::ordered_route* each : outermost_) each->close();
}

void tier_fronts::stop() {
  for (tier::write_back_route* each : queued_) each->stop();
}

}  // namespace tandem::server
