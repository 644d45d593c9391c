#include "server/names_in_use.hpp"

#include "unit/config/loading.hpp"

#include <optional>

namespace tandem::server {
namespace {

config::configuration naming(std::string const& backend) {
  return config::good("backends: {" + backend + ": {memory: {}}}\nroutes: [{to: " + backend + "}]\n");
}

}  // namespace

TEST_CASE("series of a name end with the last configuration that has it, and may come back") {
  metrics::registry registry;
  metrics::worker_metrics& worker = registry.add_worker();
  names_in_use names(registry);
  auto const count = [&] { worker.counter(metrics::hits_total, {{"backend", "a"}}).add(); };
  auto const counted = [&] { return registry.total(metrics::hits_total, {{"backend", "a"}}); };
  for (int times = 0; times < 2; ++times) {
    std::optional<names_in_use::holder> first(std::in_place, names, naming("a"));
    count();
    names_in_use::holder const second(names, naming("b"));
    {
      names_in_use::holder const third(names, naming("a"));
      first.reset();
      CHECK(counted() == 1);
    }
    CHECK(counted() == 0);
  }
}

}  // namespace tandem::server
