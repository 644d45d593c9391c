// Which backends share the links to a server that several of them name.
#include "backend/held_links.hpp"

#include "backend/memcached/pool_route.hpp"
#include "backend/memcached/server_links.hpp"
#include "backend/redis/node_links.hpp"
#include "support/catch.hpp"
#include "unit/backend/played_world.hpp"
#include "unit/model/requests.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tandem::backend {
namespace {

template <class Set>
struct change {
  std::string what;
  std::function<void(typename Set::terms&)> made;
  bool shared = false;
};

/// Whether a backend that has all but this in common with another has its links.
template <class Set>
void check(typename Set::terms const& given, std::vector<change<Set>> const& changes) {
  test::played_world world(test::take_memcached_command);
  held_links<Set> const first(world.around, {"a", "s"}, given);
  for (auto const& each : changes) {
    INFO(each.what);
    typename Set::terms changed = given;
    each.made(changed);
    held_links<Set> const second(world.around, {"b", "t"}, changed);
    CHECK((&*first == &*second) == each.shared);
  }
}

/// Of the options that any link has.
template <class Set>
std::vector<change<Set>> changes() {
  using namespace std::chrono_literals;
  using terms = typename Set::terms;
  return {{"nothing", [](terms&) {}, true},
          {"timeout", [](terms& on) { on.upstream.timeout += 1s; }, true},
          {"port", [](terms& on) { ++on.where.port; }},
          {"host", [](terms& on) { on.where.host = "localhost"; }},
          {"connect_timeout", [](terms& on) { on.upstream.connect_timeout += 1s; }},
          {"backoff_min", [](terms& on) { on.upstream.backoff_min += 1s; }},
          {"backoff_max", [](terms& on) { on.upstream.backoff_max += 1s; }},
          {"connections", [](terms& on) { ++on.upstream.connections; }},
          {"pending_max", [](terms& on) { ++on.upstream.pending_max; }},
          {"late_replies_max", [](terms& on) { ++on.upstream.late_replies_max; }},
          {"output_max", [](terms& on) { ++on.upstream.output_max; }}};
}

net::endpoint const where{"127.0.0.1", 1, {}};

}  // namespace

TEST_CASE("pools share the links to a memcached that they name on the same terms") {
  using set = memcached::server_links;
  auto all = changes<set>();
  all.push_back({"value_max", [](set::terms& on) { ++on.value_max; }});
  check<set>({where, {}, 100}, all);
}

TEST_CASE("backends share the links to a Redis that they name on the same terms") {
  using set = redis::node_links;
  auto all = changes<set>();
  all.push_back({"topology", [](set::terms& on) { on.session.topology = redis::topology::cluster; }});
  all.push_back({"encoding", [](set::terms& on) { on.session.encoding = redis::encoding::plain; }});
  all.push_back({"username", [](set::terms& on) { on.session.username = "u"; }});
  all.push_back({"password", [](set::terms& on) { on.session.password = base::secret("p"); }});
  all.push_back({"database", [](set::terms& on) { on.session.database = 1; }});
  all.push_back({"value_max", [](set::terms& on) { ++on.session.value_max; }});
  check<set>({where, {}, {}}, all);
}

TEST_CASE("passwords are the same if they are written alike, or are of one file") {
  base::secret const written("word");
  CHECK(written == base::secret("word"));
  CHECK_FALSE(written == base::secret("other"));
  auto const of_file = [](std::string name, std::string content) {
    return base::secret(std::move(name), std::move(content), [] { return std::string(); });
  };
  CHECK(of_file("f", "word") == of_file("f", "other"));
  CHECK_FALSE(of_file("f", "word") == of_file("g", "word"));
  CHECK_FALSE(of_file("f", "word") == written);
}

TEST_CASE("the most patient of those who share links says how long the server may be silent") {
  test::played_world world(test::take_memcached_command);
  net::upstream_options upstream;
  upstream.timeout = std::chrono::seconds(1);
  std::optional<held_links<memcached::server_links>> first;
  first.emplace(world.around, net::server_name{"a", "s"}, memcached::link_terms{where, upstream, 100});
  CHECK((*first)->any().options().timeout == std::chrono::seconds(1));
  upstream.timeout = std::chrono::seconds(10);
  held_links<memcached::server_links> const second(world.around, {"b", "s"}, {where, upstream, 100});
  CHECK((*first)->any().options().silence_max() == std::chrono::seconds(20));
  first.reset();
  CHECK(second->any().options().timeout == std::chrono::seconds(10));
}

TEST_CASE("requests of two pools go over one connection, and errors name the pool that asked") {
  test::played_world world(test::take_memcached_command);
  test::played_server& played = world.add_server();
  played.greeting = test::memcached_greeting();
  played.answer = [](std::string const&) { return "EN\r\n"; };
  net::upstream_options upstream;
  upstream.backoff_min = upstream.backoff_max = std::chrono::milliseconds(1);
  upstream.timeout = std::chrono::seconds(10);
  memcached::pool_options options;
  options.servers.push_back({played.where(), 1, "s"});
  auto const pool = [&](std::string const& name) {
    return *memcached::pool_route::make({name, options, upstream}, world.around);
  };
  auto one = pool("one");
  auto const two = pool("two");
  auto const get = model::tests::ask(model::verb::get, "k");
  auto const told = [&](model::route& through) { return world.told_by(through, get); };
  REQUIRE(world.until([&] { return world.log.lines().empty() && told(*one).ends_with("refused"); }));
  CHECK(told(*one) == "server error: backend one server s: Connection refused");
  CHECK(told(*two) == "server error: backend two server s: Connection refused");
  CHECK(world.log.lines() ==
        std::vector<std::string>{"backend one server s, backend two server s is down: Connection refused"});
  played.listen();
  REQUIRE(world.until([&] { return told(*one) == "not found"; }));
  CHECK(told(*two) == "not found");
  CHECK(played.connections() == 1);
  CHECK(world.log.lines().back() == "backend one server s, backend two server s is well again");
  auto const connections = [&](std::string const& backend) {
    return world.registry.total(metrics::server_up, {{"backend", backend}});
  };
  CHECK(connections("one") == 1);
  CHECK(connections("two") == 0);
  // The links outlive those who made them.
  one.reset();
  world.loop.jump(std::chrono::seconds(1));
  world.loop.settle();
  CHECK(told(*two) == "not found");
  CHECK(played.connections() == 1);
}

}  // namespace tandem::backend
