#include "tier/near_only_route.hpp"

#include "support/catch.hpp"
#include "tier/near_time.hpp"

#include <vector>

using namespace tandem;
using namespace std::chrono_literals;
using model::status;
using model::verb;

namespace {

class scripted_route final : public model::route {
 public:
  base::task<model::response> handle(model::request const& asked, model::request_context&) override {
    got.push_back(asked);
    return base::ready_task(answer);
  }
  void explain(std::string_view, model::explanation&) const override {}

  model::response answer;
  std::vector<model::request> got;
};

struct house {
  model::response ask(verb command, std::int64_t time = 0) {
    model::request asked;
    asked.command = command;
    asked.key = base::slice::of_static("a");
    asked.value = base::slice::of_static("1");
    asked.expires = model::exptime(time);
    auto task = route.handle(asked, context);
    REQUIRE(task.start([](void*) {}, nullptr));
    return task.take();
  }
  void far_fails() { tiered.answer = model::response::server_error(base::error_kind::connect, "L2 is down"); }

  base::manual_clock clock;
  model::request_context context{clock};
  scripted_route tiered;
  scripted_route near;
  tier::near_only_route route{60s, tiered, near};
};

}  // namespace

TEST_CASE("a set that L2 takes goes no further") {
  house test;
  CHECK(test.ask(verb::set).status == status::ok);
  CHECK(test.near.got.empty());
}

TEST_CASE("a set that L2 fails is stored in L1 alone, for no longer than l1_ttl") {
  house test;
  test.far_fails();
  CHECK(test.ask(verb::set).status == status::ok);
  REQUIRE(test.near.got.size() == 1);
  CHECK(test.near.got[0].value.view() == "1");
  CHECK(test.near.got[0].expires.wire() == 60);
  test.ask(verb::set, 10);
  CHECK(test.near.got[1].expires.wire() == 10);
}

TEST_CASE("a set that L1 fails, too, is L2's failure") {
  house test;
  test.far_fails();
  test.near.answer = model::response::server_error(base::error_kind::connect, "L1 is down");
  CHECK(test.ask(verb::set).message.view() == "L2 is down");
}

TEST_CASE("of other verbs L2's failure is told") {
  house test;
  test.far_fails();
  for (verb command : {verb::get, verb::add, verb::remove, verb::increment, verb::touch}) {
    CHECK(test.ask(command).message.view() == "L2 is down");
  }
  CHECK(test.near.got.empty());
}

TEST_CASE("an item's time in L1 is the client's or l1_ttl, whichever is over first") {
  base::manual_clock const clock;
  std::int64_t const now = clock.unix_ms() / 1000;
  auto const wire = [&](std::int64_t asked, std::chrono::seconds l1_ttl) {
    return tier::near_time(model::exptime(asked), l1_ttl, clock).wire();
  };
  CHECK(wire(0, 60s) == 60);
  CHECK(wire(59, 60s) == 59);
  CHECK(wire(61, 60s) == 60);
  CHECK(wire(-1, 60s) == -1);
  CHECK(wire(now + 10, 60s) == now + 10);
  CHECK(wire(now + 100, 60s) == 60);
  CHECK(wire(now - 100, 60s) == now - 100);
  CHECK(wire(0, 31 * 24h) == now + 31 * 86400);
}
