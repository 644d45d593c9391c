#include "backend/memcached/pool_route.hpp"

#include "backend/memcached/rehash_route.hpp"
#include "backend/memcached/unfound_route.hpp"
#include "support/catch.hpp"
#include "unit/backend/played_world.hpp"
#include "unit/model/requests.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace tandem::backend::memcached {
namespace {

using model::request;
using model::verb;
using model::tests::ask;
using model::tests::with_cas;
using extent = model::invalidation::extent;

/// A pool of as many servers, named s0, s1, ..., that are played; each answers with the number that items have.
struct stand : test::played_world {
  explicit stand(std::size_t count) : played_world(test::take_memcached_command) {
    net::upstream_options upstream;
    upstream.timeout = 2000ms;
    upstream.backoff_min = upstream.backoff_max = 1ms;
    pool_options options;
    for (std::size_t at = 0; at < count; ++at) {
      test::played_server& played = add_server();
      played.greeting = test::memcached_greeting();
      options.servers.push_back({played.where(), 1, "s" + std::to_string(at)});
    }
    pool = std::move(*pool_route::make({"pool", options, upstream}, around));
  }

  /// Which server has the key.
  std::size_t place(std::string const& key) const {
    model::explanation where;
    pool->explain(key, where);
    return static_cast<std::size_t>(where.destination.back() - '0');
  }
  std::string key_on(std::size_t at, std::string const& prefix = "k") const {
    for (int number = 0;; ++number) {
      std::string key = prefix + std::to_string(number);
      if (place(key) == at) return key;
    }
  }
  void listen() {
    for (auto const& each : servers) each->listen();
  }
  std::string told(request const& asked) { return told_by(*pool, asked); }

  std::unique_ptr<pool_route> pool;
};

/// A server of one item at a time, with `numbers` from 1 on.
struct item_server {
  std::string value;
  std::uint64_t cas = 0;
  std::uint64_t numbers = 0;

  std::string operator()(std::string const& command) {
    if (command.starts_with("ms \x01")) return "HD c" + std::to_string(++numbers) + "\r\n";
    if (command.starts_with("mg ")) {
      if (value.empty()) return "EN\r\n";
      return "VA " + std::to_string(value.size()) + " f0 c" + std::to_string(cas) + "\r\n" + value + "\r\n";
    }
    if (command.starts_with("ms ")) {
      value = command.substr(command.find('\'') + 1);
      value.pop_back();
      cas = ++numbers;
      return "HD\r\n";
    }
    if (command == "md behind") return "NF\r\n";
    bool const there = !value.empty();
    value.clear();
    return there ? "HD\r\n" : "NF\r\n";
  }
};

/// A pool of one such server, whose marks settle soon.
struct marked_stand : stand {
  marked_stand() : stand(1) {
    listen();
    servers[0]->answer = [this](std::string const& command) { return items(command); };
    pool->hold_copies({.settle = 20ms, .life = 60s});
  }

  void invalidate(extent what, std::string const& text) { pool->outdate({what, text, loop.now()}); }
  /// Waits for a probe, and for an answer that stands behind that of the probe.
  bool probed() {
    std::uint64_t const before = items.numbers;
    bool const heard = until([&] { return items.numbers > before; });
    return heard && !told(ask(verb::remove, "behind")).empty();
  }

  item_server items;
};

}  // namespace

TEST_CASE("each key goes to the server that explain names, and to no other") {
  stand test(3);
  test.listen();
  for (auto const& each : test.servers) each->answer = [](std::string const&) { return "HD\r\n"; };
  std::map<std::size_t, int> keys;
  for (int number = 0; number < 30; ++number) {
    std::string const key = "key" + std::to_string(number);
    std::size_t const at = test.place(key);
    ++keys[at];
    CHECK(test.told(ask(verb::remove, key)) == "ok");
    CHECK(test.servers[at]->last() == "md " + key);
  }
  CHECK(keys.size() == 3);
  for (auto const& [at, count] : keys)
    CHECK(test.servers[at]->heard.size() == static_cast<std::size_t>(count));
}

TEST_CASE("a server that is down fails its own keys, and is named") {
  stand test(2);
  test.servers[1]->listen();
  test.servers[1]->answer = [](std::string const&) { return "EN\r\n"; };
  CHECK(test.told(ask(verb::get, test.key_on(0))).starts_with("server error: backend pool server s0: "));
  CHECK(test.told(ask(verb::get, test.key_on(1))) == "not found");
}

TEST_CASE("a flush goes to every server, and the first failure is the answer") {
  struct row {
    std::string first, second, told;
  };
  for (row const& each :
       {row{"OK", "OK", "ok"}, row{"SERVER_ERROR no", "OK", "server error: backend pool server s0: no"},
        row{"OK", "SERVER_ERROR no", "server error: backend pool server s1: no"},
        row{"SERVER_ERROR a", "SERVER_ERROR b", "server error: backend pool server s0: a"}}) {
    INFO(each.first << ", " << each.second);
    stand test(2);
    test.listen();
    test.servers[0]->answer = [&](std::string const&) { return each.first + "\r\n"; };
    test.servers[1]->answer = [&](std::string const&) { return each.second + "\r\n"; };
    CHECK(test.told(ask(verb::flush, "", "", 5)) == each.told);
    for (auto const& server : test.servers) CHECK(server->heard == std::vector<std::string>{"flush_all 5"});
    CHECK(test.registry.total(metrics::requests_total) == 1);
  }
}

TEST_CASE("a pool is reached when every server answers, and one that nobody has found is not") {
  stand test(2);
  test.servers[0]->listen();
  CHECK_FALSE(test.reaches(*test.pool));
  test.servers[1]->listen();
  CHECK(test.until([&] { return test.reaches(*test.pool); }));
  for (auto const& each : test.servers) CHECK(each->heard.empty());
  unfound_route nobody("pool", {discovery_source::dns, {"cache", 11211, {}}, 30s}, test.worker_metrics);
  CHECK_FALSE(test.reaches(nobody));
}

TEST_CASE("servers that cannot be placed as asked are an error that names the pool") {
  stand test(1);
  pool_options options;
  options.servers = {{{"a", 1, ""}, 5, ""}, {{"b", 1, ""}, 1, ""}};
  options.hash_tag = "{";
  auto const made = pool_route::make({"pool", options, {}}, test.around);
  REQUIRE(made.has_error());
  CHECK(made.error().message.starts_with("backend pool: "));
}

TEST_CASE(
    "an item that an invalidation has outdated is stale until that is certain, and then removed and a miss") {
  marked_stand test;
  CHECK(test.told(ask(verb::set, "p:k", "old")) == "ok");
  test.invalidate(extent::prefix, "p:");
  CHECK(test.told(ask(verb::get, "p:k")) == "ok 'old' c1 stale");
  CHECK(test.told(ask(verb::get, "p:k")) == "ok 'old' c1 stale");
  REQUIRE(test.probed());
  CHECK(test.told(ask(verb::get, "p:k")) == "not found");
  CHECK(test.servers[0]->last() == "md p:k C1");
  CHECK(test.told(ask(verb::set, "p:k", "new")) == "ok");
  CHECK(test.told(ask(verb::get, "p:k")) == "ok 'new' c3");
}

TEST_CASE("what an invalidation is not about is asked for as ever") {
  marked_stand test;
  CHECK(test.told(ask(verb::set, "other", "v")) == "ok");
  test.invalidate(extent::key, "other");  // the tiers' to remove
  CHECK(test.told(ask(verb::get, "other")) == "ok 'v' c1");
  CHECK(test.servers[0]->last() == "mg other v f");
  test.invalidate(extent::prefix, "p:");
  CHECK(test.told(ask(verb::get, "other")) == "ok 'v' c1");
  test.invalidate(extent::everything, "");
  CHECK(test.told(ask(verb::get, "other")) == "ok 'v' c1 stale");
}

TEST_CASE("a store that names the cas of what is outdated, or may be, is not let through") {
  marked_stand test;
  CHECK(test.told(ask(verb::set, "p:k", "old")) == "ok");
  test.invalidate(extent::prefix, "p:");
  request const named = with_cas(ask(verb::set, "p:k", "w"), 1);
  std::size_t const before = test.servers[0]->heard.size();
  CHECK(test.told(named) == "exists");
  CHECK(test.servers[0]->heard.size() == before);
  REQUIRE(test.probed());
  CHECK(test.told(named) == "exists");
  CHECK(test.told(with_cas(ask(verb::set, "p:k", "w"), 3)) == "ok");
  CHECK(test.told(ask(verb::set, "p:k", "w")) == "ok");
  CHECK(test.told(with_cas(ask(verb::remove, "p:k"), 1)) == "ok");
}

TEST_CASE("an item that cannot be removed is told as stale") {
  marked_stand test;
  CHECK(test.told(ask(verb::set, "p:k", "old")) == "ok");
  test.invalidate(extent::prefix, "p:");
  REQUIRE(test.probed());
  auto const items = test.servers[0]->answer;
  test.servers[0]->answer = [&](std::string const& command) {
    return command.starts_with("md ") ? "SERVER_ERROR no\r\n" : items(command);
  };
  CHECK(test.told(ask(verb::get, "p:k")) == "ok 'old' c1 stale");
}

TEST_CASE("who is to store an item anew is not told the value of one that is outdated") {
  marked_stand test;
  CHECK(test.told(ask(verb::set, "p:k", "old")) == "ok");
  test.invalidate(extent::prefix, "p:");
  request asked = ask(verb::get, "p:k");
  asked.vivify = model::exptime(5);
  CHECK(test.told(asked) == "ok c1 stale");
}

namespace {

/// The L1 of a pool whose servers come and go, of which each list has a route of its own.
struct changing_stand : stand {
  changing_stand() : stand(2) {
    listen();
    for (std::size_t at = 0; at < 2; ++at)
      servers[at]->answer = [this, at](std::string const& command) { return items[at](command); };
  }

  /// From now on these, by number.
  void become(std::vector<std::size_t> const& those) {
    pool_options options;
    options.discover = discovery_options{discovery_source::dns, {"cache", 11211, {}}, 30s};
    options.changes = lists.size();
    for (std::size_t const at : those) options.servers.push_back({servers[at]->where(), 1, {}});
    net::upstream_options upstream;
    upstream.timeout = 2000ms;
    lists.push_back(std::move(*pool_route::make({"found", options, upstream}, around)));
    lists.back()->hold_copies({.settle = 20ms, .life = 60s});
    lists.back()->start();
  }
  std::string now_told(request const& asked) { return told_by(*lists.back(), asked); }
  std::string key_at(std::size_t at) const {
    for (int number = 0;; ++number) {
      std::string key = "k" + std::to_string(number);
      model::explanation where;
      lists.back()->explain(key, where);
      if (where.destination == "server " + servers[at]->where().str()) return key;
    }
  }

  item_server items[2];
  std::vector<std::unique_ptr<pool_route>> lists;
};

}  // namespace

TEST_CASE("where a server of L1 comes back, what it has is outdated, and what the others have is not") {
  changing_stand test;
  test.become({0, 1});
  std::string const stays = test.key_at(0);
  std::string const away = test.key_at(1);
  CHECK(test.now_told(ask(verb::set, stays, "a")) == "ok");
  CHECK(test.now_told(ask(verb::set, away, "old")) == "ok");
  test.become({0});
  CHECK(test.now_told(ask(verb::get, stays)) == "ok 'a' c1");
  test.become({0, 1});
  CHECK(test.now_told(ask(verb::get, stays)) == "ok 'a' c1");
  CHECK(test.now_told(ask(verb::get, away)) == "ok 'old' c1 stale");
  CHECK(test.until([&] { return test.items[1].numbers > 1; }));
  CHECK(test.until([&] { return test.now_told(ask(verb::get, away)) == "not found"; }));
  // It goes so soon that the other one may still have copies of the keys that it had taken.
  test.become({0});
  CHECK(test.now_told(ask(verb::get, stays)) == "ok 'a' c1 stale");
}

TEST_CASE("what is outdated stays so when other servers come") {
  changing_stand test;
  test.become({0, 1});
  std::string const key = test.key_at(0);
  test.become({0});
  CHECK(test.now_told(ask(verb::set, key, "old")) == "ok");
  test.lists.back()->outdate({extent::prefix, key, test.loop.now()});
  test.become({0, 1});
  CHECK(test.now_told(ask(verb::get, key)) == "ok 'old' c1 stale");
}

TEST_CASE("the keys of a server are spread over the others that are well") {
  stand test(4);
  std::map<std::size_t, int> chosen;
  for (int number = 0; number < 300; ++number) {
    std::string const key = test.key_on(2, "k" + std::to_string(number) + "-");
    auto const other = test.pool->stand_in_for(key);
    REQUIRE(other);
    CHECK(other == test.pool->stand_in_for(key));
    ++chosen[*other];
  }
  CHECK(chosen.size() == 3);
  CHECK(!chosen.contains(2));
  for (auto const& [at, keys] : chosen) CHECK(keys > 30);
}

TEST_CASE("nobody stands in where no other server is well, and then for as many as there are") {
  stand test(3);
  std::string const key = test.key_on(0);
  rehash_route others(*test.pool);
  for (std::size_t const at : {1, 2})
    CHECK(test.told(ask(verb::get, test.key_on(at))).starts_with("server error"));
  CHECK(test.pool->stand_in_for(key) == std::nullopt);
  CHECK(test.told_by(others, ask(verb::get, key)) == "server error: backend pool: no other server is well");
  model::explanation where;
  others.explain(key, where);
  CHECK(where.destination == "no other server");
  CHECK_FALSE(where.serves);
  CHECK(test.told_by(others, ask(verb::flush, "")) == "ok");

  test.servers[2]->listen();
  test.servers[2]->answer = [](std::string const&) { return "VA 1 f0\r\nv\r\n"; };
  REQUIRE(test.until([&] { return test.pool->stand_in_for(key).has_value(); }));
  CHECK(test.told_by(others, ask(verb::get, key)) == "ok 'v'");
  model::explanation then;
  others.explain(key, then);
  CHECK(then.destination == "server s2");
  CHECK(then.serves);
}

}  // namespace tandem::backend::memcached
