#include "frontend/stats.hpp"

#include "frontend/client_metrics.hpp"
#include "support/catch.hpp"

#include <regex>
#include <string>

namespace tandem::frontend {
namespace {

struct process {
  base::manual_clock clock;
  metrics::registry figures;
  client_metrics first{figures.add_worker()};
  client_metrics second{figures.add_worker()};
  stats shown{figures, clock, {"1.2.3", 2, {}}};

  bool general_has(std::string const& line) const {
    return shown.report("").find("STAT " + line + "\r\n") != std::string::npos;
  }
};

model::request asking(model::verb command) {
  model::request made;
  made.command = command;
  return made;
}

}  // namespace

TEST_CASE("the version is that of memcached; this program's own has a name of its own") {
  CHECK(std::regex_match(std::string(spoken_release), std::regex("1\\.6\\.[0-9]+")));
  CHECK(process().general_has("version " + std::string(spoken_release)));
  CHECK(process().general_has("tandem_version 1.2.3"));
}

TEST_CASE("the general figures are the sums over the workers") {
  process one;
  one.first.answered(asking(model::verb::get), model::response::of(model::status::ok));
  one.second.answered(asking(model::verb::get), model::response::of(model::status::not_found));
  one.second.answered(asking(model::verb::set), model::response::of(model::status::ok));
  one.second.answered(asking(model::verb::cas), model::response::of(model::status::exists));
  one.figures.add_sampled(metrics::client_connections, {{"worker", "0"}}, [] { return 3.0; });
  one.clock.advance(std::chrono::seconds(90));
  CHECK(one.general_has("cmd_get 2"));
  CHECK(one.general_has("get_hits 1"));
  CHECK(one.general_has("get_misses 1"));
  CHECK(one.general_has("cmd_set 2"));
  CHECK(one.general_has("curr_connections 3"));
  CHECK(one.general_has("uptime 90"));
  CHECK(one.general_has("threads 2"));
}

TEST_CASE("every group ends with END, and an unknown one is an error") {
  process const one;
  for (char const* group : {"", "settings", "items", "slabs", "backends"}) {
    CHECK(one.shown.report(group).ends_with("END\r\n"));
  }
  CHECK(one.shown.report("nonsense") == "ERROR\r\n");
}

TEST_CASE("the figures of backends carry the backend's name first") {
  process one;
  auto& worker = one.figures.add_worker();
  worker.counter(metrics::hits_total, {{"backend", "pages"}}).add(5);
  CHECK(one.shown.report("backends") == "STAT pages:hits_total 5\r\nEND\r\n");
}

}  // namespace tandem::frontend
