#include "tier/bounded_tasks.hpp"

#include "base/event.hpp"
#include "support/catch.hpp"

using namespace tandem;

namespace {

base::task<void> wait_for(base::event<>& awaited) { co_await awaited; }

}  // namespace

TEST_CASE("whatever could not begin beside as many as may is counted, by backend and kind of work") {
  metrics::registry registry;
  metrics::worker_metrics& worker = registry.add_worker();
  base::event<> end;
  tier::bounded_tasks fills(2, worker, "both", "fill");
  auto const refused = [&](std::string const& work) {
    return worker.counter(metrics::tier_work_refused_total, {{"backend", "both"}, {"work", work}}).value();
  };
  CHECK(fills.start(wait_for(end)));
  CHECK(fills.has_room());
  CHECK(fills.start(wait_for(end)));
  CHECK(refused("fill") == 0);
  CHECK_FALSE(fills.start(wait_for(end)));
  CHECK_FALSE(fills.has_room());
  CHECK(refused("fill") == 2);
  CHECK(refused("write") == 0);
  end.set();
  CHECK(fills.size() == 0);
  CHECK(fills.start(wait_for(end)));
  CHECK(refused("fill") == 2);
}
