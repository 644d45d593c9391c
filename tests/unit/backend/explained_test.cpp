// How it stands with a server, as explain says it of this moment: of a memcached of a pool and of a Redis.
#include "backend/memcached/pool_route.hpp"
#include "backend/redis/redis_route.hpp"
#include "support/catch.hpp"
#include "unit/backend/played_world.hpp"
#include "unit/model/requests.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace tandem::backend {
namespace {

using model::verb;
using model::tests::ask;
using scope = model::explanation::scope;

net::upstream_options upstream(unsigned failures) {
  net::upstream_options made;
  made.timeout = 2000ms;
  made.backoff_min = made.backoff_max = 1ms;
  made.breaker.failures = failures;
  made.breaker.open = made.breaker.open_max = 60s;
  return made;
}

/// A route to one server that is played, as each of two workers has it.
struct stand : test::played_world {
  using test::played_world::played_world;

  virtual ~stand() = default;
  virtual std::unique_ptr<model::route> make(unsigned failures, surroundings const& with) = 0;

  void build(unsigned failures) {
    here = make(failures, around);
    there = make(failures, elsewhere);
  }
  bool fails() { return told_by(*here, ask(verb::get, "k")).starts_with("server error"); }
  static std::string told(model::route const& by, scope of) {
    model::explanation where;
    where.of = of;
    by.explain("k", where);
    return where.destination + (where.serves ? "" : ", in vain");
  }

  net::link_registry others{loop.reactor()};
  surroundings elsewhere{loop.reactor(), registry.add_worker(), health, others};
  std::string name;
  std::unique_ptr<model::route> here, there;
};

struct memcached_stand final : stand {
  memcached_stand() : stand(test::take_memcached_command) {
    test::played_server& played = add_server();
    played.greeting = test::memcached_greeting();
    played.answer = [](std::string const&) { return "EN\r\n"; };
    name = "server s";
  }
  std::unique_ptr<model::route> make(unsigned failures, surroundings const& with) override {
    memcached::pool_options options;
    options.servers.push_back({servers.front()->where(), 1, "s"});
    return std::move(*memcached::pool_route::make({"pool", options, upstream(failures)}, with));
  }
};

struct redis_stand final : stand {
  redis_stand() : stand(test::take_redis_command) {
    test::played_server& played = add_server();
    played.greeting = [](std::string const& command) -> std::string {
      return command == "PING" ? "+PONG\r\n" : command.starts_with("HELLO") ? "-ERR no\r\n" : "";
    };
    played.answer = [](std::string const&) { return "$-1\r\n"; };
    name = "server " + played.where().str();
  }
  std::unique_ptr<model::route> make(unsigned failures, surroundings const& with) override {
    redis::redis_options options;
    options.servers.push_back(servers.front()->where());
    return std::make_unique<redis::redis_route>("store", options, upstream(failures), with, flushes);
  }
  redis::flush_gate flushes;
};

}  // namespace

TEMPLATE_TEST_CASE("of a server nothing is said until it fails, and nothing once it is back", "",
                   memcached_stand, redis_stand) {
  TestType test;
  test.build(1000);
  for (scope const of : {scope::configured, scope::now}) CHECK(test.told(*test.here, of) == test.name);
  REQUIRE(test.fails());
  std::string const down = test.name + " (is down: Connection refused), in vain";
  CHECK(test.told(*test.here, scope::now) == down);
  CHECK(test.told(*test.there, scope::now) == down);  // though nobody there has asked it
  CHECK(test.told(*test.here, scope::configured) == test.name);

  test.servers.front()->listen();
  REQUIRE(test.until([&] { return !test.fails(); }));
  CHECK(test.told(*test.here, scope::now) == test.name);
  CHECK(test.told(*test.there, scope::now) == test.name);
}

TEST_CASE("who is connected does not say what others meet, but what the server refuses to all") {
  memcached_stand test;
  test.build(1000);
  test.servers.front()->listen();
  REQUIRE_FALSE(test.fails());
  memcached::link_terms const on{test.servers.front()->where(), upstream(1000).without_timeout(),
                                 memcached::pool_options().value_max};
  net::watched_server third(test.health, test.registry.add_worker(), base::identity(on), {"b", "s"});
  net::watched_server::witness sees(third);
  sees.sees({net::trouble_kind::timeout, "silent"});
  CHECK(test.told(*test.here, scope::now) == test.name);
  CHECK(test.told(*test.there, scope::now) == test.name + " (is down: silent), in vain");
  sees.sees({net::trouble_kind::out_of_memory, "full"});
  for (model::route const* each : {test.here.get(), test.there.get()})
    CHECK(test.told(*each, scope::now) == test.name + " (refuses writes: full)");
  sees.sees_none();
  third.heard(net::server_health::news::what::failed, test.loop.reactor());
  CHECK(test.told(*test.here, scope::now) == test.name + " (has failed since it last answered)");
}

TEMPLATE_TEST_CASE("that a server is left alone is said before that it is down", "", memcached_stand,
                   redis_stand) {
  TestType test;
  test.build(1);
  REQUIRE(test.fails());
  for (model::route const* each : {test.here.get(), test.there.get()}) {
    std::string const told = test.told(*each, scope::now);
    CHECK(told.starts_with(test.name + " (left alone for "));
    CHECK(told.ends_with(" s more, and until a probe succeeds; is down: Connection refused), in vain"));
  }
  CHECK(test.told(*test.here, scope::configured) == test.name);
}

}  // namespace tandem::backend
