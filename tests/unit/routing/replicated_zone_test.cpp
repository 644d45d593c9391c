// Which replica a read asks, and what a write does, where zones decide.
#include "routing/replicated_route.hpp"
#include "unit/base/played_executor.hpp"
#include "unit/routing/played_backend.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tandem::routing {
namespace {

using model::status;
using model::verb;

/// Three replicas, in these zones, for a process in zone "x".
struct zoned {
  explicit zoned(std::vector<std::string> const& zones, replicated_write write = replicated_write::all)
      : route("r", {.write = write, .read = replicated_read::zone, .zone = "x"},
              {{"a", &a, zones[0]}, {"b", &b, zones[1]}, {"c", &c, zones[2]}}, loop, registry.add_worker()) {
    a.always = b.always = c.always = failure();
  }

  model::response ask(model::request const& asked, bool of_authority = false) {
    model::request_context context{loop.running_clock()};
    context.of_authority = of_authority;
    client_of client(route, asked, context);
    REQUIRE(client.told);
    return *client.told;
  }
  /// Whom it has asked since the last call; each once.
  std::string heard() {
    std::string all;
    for (auto* each : {&a, &b, &c})
      all += each->heard.empty() ? "" : each == &a ? "a" : each == &b ? "b" : "c";
    for (auto* each : {&a, &b, &c}) each->heard.clear();
    return all;
  }
  double reads(std::string const& where) const {
    return registry.total(metrics::zone_reads_total, {{"backend", "r"}, {"where", where}});
  }

  test::played_executor loop;
  metrics::registry registry;
  played_backend a{"a"};
  played_backend b{"b"};
  played_backend c{"c"};
  replicated_route route;
};

model::response const missing = model::response::of(status::not_found);

}  // namespace

TEST_CASE("a get asks those in the own zone first, in the order listed, then the others in theirs") {
  struct row {
    std::vector<std::string> zones;
    std::string order;
  };
  for (row const& each : std::vector<row>{{{"y", "x", "x"}, "bca"},
                                          {{"y", "z", "x"}, "cab"},
                                          {{"x", "y", "x"}, "acb"},
                                          {{"", "", "x"}, "cab"},
                                          {{"y", "z", ""}, "abc"},
                                          {{"x", "x", "x"}, "abc"}}) {
    zoned test(each.zones);
    std::string order;
    for (std::size_t failing = 0; failing < 3; ++failing) {
      for (auto [name, to] : {std::pair{"a", &test.a}, {"b", &test.b}, {"c", &test.c}})
        to->always = order.find(name) != std::string::npos ? failure() : item(name);
      order += test.ask(asking(verb::get)).value.str();
    }
    CHECK(order == each.order);
  }
}

TEST_CASE("a near replica that has the item is the only one that is asked, and far ones are told apart") {
  zoned test({"y", "x", "z"});
  test.b.always = item("v");
  CHECK(test.ask(asking(verb::get)).hit());
  CHECK(test.heard() == "b");
  CHECK(test.reads("zone") == 1);
  CHECK(test.reads("elsewhere") == 0);
  test.b.always = failure();
  test.a.always = item("v");
  CHECK(test.ask(asking(verb::get)).hit());
  CHECK(test.heard() == "ab");
  CHECK(test.reads("zone") == 2);
  CHECK(test.reads("elsewhere") == 1);
}

TEST_CASE("what a near replica has not it gets from where it is") {
  zoned test({"y", "x", "z"});
  test.a.always = item("v");
  test.b.always = missing;
  CHECK(test.ask(asking(verb::get)).hit());
  CHECK(test.b.asked() == "get k; add k v");
}

TEST_CASE("a miss is told if no replica fails to say so, and else the failure of the near one") {
  zoned test({"y", "x", "z"});
  test.a.always = test.c.always = missing;
  CHECK(test.ask(asking(verb::get)).status == status::not_found);
  test.a.always = test.c.always = failure(base::error_kind::timeout);
  CHECK(test.ask(asking(verb::get)).failure == base::error_kind::connect);
}

TEST_CASE("whoever needs what the first has asks it, wherever it is") {
  zoned test({"y", "x", "z"});
  test.a.always = test.b.always = test.c.always = item("v");
  CHECK(test.ask(asking(verb::get), true).hit());
  CHECK(test.heard() == "a");
  model::request numbered = asking(verb::get);
  numbered.wanted = model::want::value | model::want::cas;
  CHECK(test.ask(numbered).hit());
  CHECK(test.heard() == "a");
  model::request leased = asking(verb::get);
  leased.vivify = model::exptime(30);
  CHECK(test.ask(leased).hit());
  CHECK(test.heard() == "a");
  CHECK(test.reads("zone") + test.reads("elsewhere") == 0);
}

TEST_CASE(
    "the first decides on a write, and a removal goes to all and back, since a read may fill any of them") {
  zoned test({"y", "x", "z"});
  test.a.always = test.b.always = test.c.always = model::response();
  CHECK(test.ask(asking(verb::set)).hit());
  CHECK(test.heard() == "abc");
  test.a.always = model::response::of(status::not_stored);
  CHECK(test.ask(asking(verb::add)).status == status::not_stored);
  CHECK(test.heard() == "a");
  test.a.always = model::response();
  CHECK(test.ask(asking(verb::remove)).hit());
  CHECK(test.a.asked() == "delete k");
  CHECK(test.b.asked() == "delete k; delete k");
  CHECK(test.c.asked() == "delete k; delete k");
}

TEST_CASE("it explains who is asked first, and whether that one is near") {
  auto const explained = [](zoned const& test) {
    model::explanation where;
    test.route.explain("k", where);
    return where.destination;
  };
  CHECK(explained(zoned({"y", "x", "z"})) ==
        "a, there; and b, there; and c, there; a get asks b first, in zone x");
  CHECK(explained(zoned({"y", "y", "z"})) ==
        "a, there; and b, there; and c, there; a get asks a first, for none is in zone x");
}

}  // namespace tandem::routing
