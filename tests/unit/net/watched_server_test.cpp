// One server that several backends name: what the log says, and under which names its metrics are shown.
#include "net/watched_server.hpp"

#include "support/catch.hpp"
#include "unit/net/health_log.hpp"

#include <string>
#include <vector>

namespace tandem::net {
namespace {

using lines = std::vector<std::string>;

server_name const a{"a", "s"}, b{"b", "t"};
trouble const refused{trouble_kind::connect, "refused"};

/// Two workers, who know the server by the same terms.
struct house {
  double shown(server_name const& as) const {
    return registry.total(metrics::server_trouble, {{"backend", as.backend}, {"server", as.server}});
  }

  metrics::registry registry;
  test::health_log log;
  lines gone;
  server_health health{log.writer(), [this](server_name const& of) { gone.push_back(of.str()); }};
  base::identity const terms{std::string("somewhere")};
  std::optional<watched_server> first{std::in_place, health, registry.add_worker(), terms, a};
  std::optional<watched_server> second{std::in_place, health, registry.add_worker(), terms, a};
};

}  // namespace

TEST_CASE(
    "a server of several names has one line when it is down and one when it is back, with all of them") {
  house test;
  watched_server::witness here(*test.first), there(*test.second);
  for (auto* each : {&*test.first, &*test.second}) {
    each->add(a);
    each->add(b);
  }
  here.sees(refused);
  there.sees(refused);
  here.sees_none();
  there.sees_none();
  CHECK(test.log.lines() == lines{"backend a server s, backend b server t is down: refused",
                                  "backend a server s, backend b server t is well again"});
}

TEST_CASE("trouble is shown under each name, for as long as somebody uses that") {
  house test;
  watched_server::witness here(*test.first);
  test.first->add(a);
  here.sees(refused);
  CHECK(test.shown(a) == 1);
  test.first->add(b);
  test.first->add(b);
  CHECK(test.shown(b) == 1);
  here.sees({trouble_kind::timeout, "silent"});
  CHECK(test.shown(b) == 1);
  test.first->drop(b);
  CHECK(test.shown(b) == 1);
  test.first->drop(b);
  CHECK(test.shown(b) == 0);
  CHECK(test.shown(a) == 1);
  CHECK(test.gone == lines{b.str()});
}

TEST_CASE("a first name that nobody uses any more shows no trouble, while there are others") {
  house test;
  watched_server::witness here(*test.first);
  test.first->add(a);
  test.first->add(b);
  here.sees(refused);
  test.first->drop(a);
  CHECK(test.shown(a) == 0);
  CHECK(test.shown(b) == 1);
  test.first->add(a);
  CHECK(test.shown(a) == 1);
  here.sees_none();
  CHECK(test.shown(a) + test.shown(b) == 0);
}

TEST_CASE("links count under the first name, which stays for as long as they do") {
  house test;
  test.first->add(a);
  test.first->drop(a);
  CHECK(test.first->counted_as() == a);
  test.first.reset();
  CHECK(test.gone.empty());
  test.second.reset();
  CHECK(test.gone == lines{a.str()});
}

TEST_CASE("a server that is gone comes back as one of which nothing is known") {
  house test;
  for (int times = 0; times < 2; ++times) {
    watched_server again(test.health, test.registry.add_worker(), base::identity(times), b);
    watched_server::witness here(again);
    here.sees(refused);
  }
  CHECK(test.log.lines() ==
        lines{"backend b server t is down: refused", "backend b server t is down: refused"});
  CHECK(test.gone == lines{b.str(), b.str()});
  CHECK(test.shown(b) == 0);
}

TEST_CASE("those who know a server on other terms see it for themselves") {
  house test;
  watched_server strangers(test.health, test.registry.add_worker(), base::identity(std::string("elsewhere")),
                           b);
  watched_server::witness here(*test.first), there(strangers);
  here.sees(refused);
  there.sees(refused);
  here.sees_none();
  CHECK(test.log.lines() == lines{"backend a server s is down: refused",
                                  "backend b server t is down: refused", "backend a server s is well again"});
}

}  // namespace tandem::net
