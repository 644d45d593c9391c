#include "backend/redis/cluster/cluster_directory.hpp"

#include "backend/redis/redis_route.hpp"
#include "support/catch.hpp"
#include "unit/backend/redis/played_redis.hpp"
#include "unit/model/requests.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace tandem::backend::redis {
namespace {

using model::verb;
using model::tests::ask;
using test::bulk;
using heard = std::vector<std::string>;
using enum model::explanation::scope;

constexpr int last_slot = 16383;

/// Nodes that are played, of which the configuration names the first `named`; `map` is what each says of the slots.
struct stand : test::played_redis {
  explicit stand(std::size_t nodes, std::size_t named = 1) {
    options.topology = topology::cluster;
    for (std::size_t at = 0; at < nodes; ++at) {
      test::played_server& node = add_redis();
      node.answer = [this, at](std::string const& command) {
        return command == "CLUSTER SLOTS" ? map : answers.empty() ? bulk(std::to_string(at)) : answers;
      };
    }
    options.servers.resize(named);
    shared.emplace(settings());
    nodes_of.emplace(*shared);
  }

  /// Who has the key, once anybody is known to.
  std::string owner(std::string const& key) {
    node_pointer found;
    bool const known = until([&] {
      found = nodes_of->node_for(key);
      return found != nullptr;
    });
    return known ? found->where().str() : "nobody";
  }
  std::string told_of(std::string const& key, model::explanation::scope of) {
    model::explanation where;
    where.of = of;
    nodes_of->explain(key, where);
    return where.destination + (where.serves ? "" : ", in vain");
  }
  std::string address(std::size_t at) const { return servers.at(at)->where().str(); }
  std::size_t times_asked(std::size_t at) const {
    return static_cast<std::size_t>(std::ranges::count(servers.at(at)->heard, "CLUSTER SLOTS"));
  }
  double fetches() const { return registry.total(metrics::slot_map_refreshes_total); }

  std::string map;
  std::string answers;  // to everything but the question for the slots; empty: the node's number
  std::optional<node_settings> shared;
  std::optional<cluster_directory> nodes_of;
};

/// The slots of two keys that lie far from each other.
std::string const low = "bar", high = "foo";  // 5061, 12182

}  // namespace

TEST_CASE(
    "who wants to know where a key goes now has the slot map fetched, and a configuration is told without") {
  stand test(3);
  test.map = test.slot_map({{0, 8191, {0, 2}}, {8192, last_slot, {1}}});
  CHECK(test.told_of(low, configured) == "slot 5061");
  CHECK(test.told_of(low, now) == "slot 5061 (no slot map yet)");
  REQUIRE(test.until([&] { return test.fetches() == 1; }));
  CHECK(test.told_of(low, now) == "slot 5061 server " + test.address(0));
}

TEST_CASE("the first who asks for a key has the slot map fetched, and each key has the master of its slot") {
  stand test(3);
  test.map = test.slot_map({{0, 8191, {0, 2}}, {8192, last_slot, {1}}});
  CHECK(test.nodes_of->node_for(low) == nullptr);
  CHECK(test.nodes_of->trouble() == "no slot map yet");
  CHECK(test.owner(low) == test.address(0));
  CHECK(test.owner(high) == test.address(1));
  CHECK(test.owner("{foo}bar") == test.address(1));
  for (auto const of : {configured, now})
    CHECK(test.told_of(low, of) == "slot 5061 server " + test.address(0));
  CHECK(test.fetches() == 1);
  CHECK(test.times_asked(0) == 1);
}

TEST_CASE("a slot that nobody serves has no node, and the map is asked for again") {
  stand test(1);
  test.map = test.slot_map({{0, 8191, {0}}});
  CHECK(test.owner(low) == test.address(0));
  CHECK(test.nodes_of->node_for(high) == nullptr);
  CHECK(test.nodes_of->trouble() == "no node serves the key's slot");
  CHECK(test.told_of(high, configured) == "slot 12182");
  CHECK(test.told_of(high, now) == "slot 12182 (no node serves the key's slot), in vain");
  test.map = test.slot_map({{0, last_slot, {0}}});
  CHECK(test.owner(high) == test.address(0));
  CHECK(test.fetches() == 2);
}

TEST_CASE("of several configured nodes one that answers is enough") {
  struct row {
    std::string answer, told;
  };
  for (row const& each : {row{"-LOADING not yet\r\n", "LOADING not yet"}, row{"*0\r\n", "serves no slot"},
                          row{"+OK\r\n", "no answer to CLUSTER SLOTS"}}) {
    INFO(each.answer);
    stand test(2, 2);
    std::string const good = test.slot_map({{0, last_slot, {1}}});
    test.servers[0]->answer = [&](std::string const&) { return each.answer; };
    test.map = good;
    CHECK(test.owner(low) == test.address(1));
    CHECK(test.fetches() == 1);
    stand none(1);
    none.map = each.answer;
    CHECK(none.nodes_of->node_for(low) == nullptr);
    REQUIRE(none.until([&] { return none.fetches() == 1; }));
    CHECK(none.nodes_of->trouble() == "no slot map from server " + none.address(0) + ": " + each.told);
  }
}

TEST_CASE("a slot that has moved is learnt at once, whatever the map says, until the next map") {
  stand test(2);
  test.map = test.slot_map({{0, last_slot, {0}}});
  CHECK(test.owner(low) == test.address(0));
  test.nodes_of->moved(5061, test.servers[1]->where());
  CHECK(test.owner(low) == test.address(1));
  CHECK(test.owner(high) == test.address(0));
  test.nodes_of->suspect();
  REQUIRE(test.until([&] { return test.fetches() == 2; }));
  CHECK(test.owner(low) == test.address(0));
}

TEST_CASE("many suspicions are one fetch, and not at once after the last") {
  stand test(1);
  test.map = test.slot_map({{0, last_slot, {0}}});
  CHECK(test.owner(low) == test.address(0));
  auto const fetched = test.loop.now();
  for (int each = 0; each < 100; ++each) test.nodes_of->suspect();
  REQUIRE(test.until([&] { return test.fetches() == 2; }));
  CHECK(test.loop.now() - fetched >= 90ms);
  CHECK(test.times_asked(0) == 2);
}

TEST_CASE("masters are those of the map, for which there is time until the deadline") {
  stand test(3);
  test.map = test.slot_map({{0, 8191, {0, 2}}, {8192, last_slot, {1}}});
  auto const masters = [&](base::duration patience) {
    std::optional<std::vector<node_pointer>> found;
    auto running = test.nodes_of->masters(test.loop.now() + patience);
    bool over = running.start([](void* self) { *static_cast<bool*>(self) = true; }, &over);
    REQUIRE(test.until([&] { return over; }));
    heard addresses;
    for (node_pointer const& each : running.take()) addresses.push_back(each->where().str());
    return addresses;
  };
  CHECK(masters(5ms).empty());
  CHECK(masters(5s) == heard{test.address(0), test.address(1)});
}

TEST_CASE("a route follows redirections: the next request goes there at once only if the slot has moved") {
  for (bool const moved : {true, false}) {
    INFO((moved ? "moved" : "ask"));
    stand test(2);
    test.map = test.slot_map({{0, last_slot, {0}}});
    flush_gate flushes;
    redis_route route("store", test.options, test.upstream, test.around, flushes);
    CHECK(test.told_by(route, ask(verb::get, low)) == "ok '0'");
    auto const slots_only = test.servers[0]->answer;
    test.servers[0]->answer = [&](std::string const& command) {
      if (command == "CLUSTER SLOTS") return std::string();  // the old map is not to come again
      return fmt::format("-{} 5061 {}\r\n", moved ? "MOVED" : "ASK", test.address(1));
    };
    test.servers[1]->answer = [](std::string const& command) {
      return command == "ASKING" ? std::string("+OK\r\n") : bulk("there");
    };
    test.servers[0]->heard.clear();
    CHECK(test.told_by(route, ask(verb::get, low)) == "ok 'there'");
    CHECK(test.servers[1]->heard == (moved ? heard{"GET bar"} : heard{"ASKING", "GET bar"}));
    CHECK(test.told_by(route, ask(verb::get, low)) == "ok 'there'");
    CHECK(std::ranges::count(test.servers[0]->heard, "GET bar") == (moved ? 1 : 2));
    CHECK(test.registry.total(metrics::redirections_total, {{"kind", moved ? "moved" : "ask"}}) ==
          (moved ? 1 : 2));
  }
}

TEST_CASE("a flush that a master may have done is one that may come, whatever the first of them says") {
  struct row {
    std::string first, second;
    model::fate fate;
  };
  for (row const& each : {row{"+OK\r\n", "+OK\r\n", model::fate::yes},
                          {"-NOPERM no\r\n", "+OK\r\n", model::fate::maybe},
                          {"-NOPERM no\r\n", "-NOPERM no\r\n", model::fate::never}}) {
    INFO(each.first << ", " << each.second);
    stand test(2);
    test.options.flush = flush_policy::flushdb;
    test.map = test.slot_map({{0, 8191, {0}}, {8192, last_slot, {1}}});
    for (std::size_t const at : {0U, 1U}) {
      test.servers[at]->answer = [&, at](std::string const& command) {
        return command == "CLUSTER SLOTS" ? test.map : at == 0 ? each.first : each.second;
      };
    }
    flush_gate flushes;
    redis_route route("store", test.options, test.upstream, test.around, flushes);
    test::under_way one(ask(verb::flush, ""),
                        [&](model::request const& sent) { return route.handle(sent, test.context); });
    REQUIRE(test.until([&] { return one.done(); }));
    CHECK(one.answer().fate == each.fate);
  }
}

TEST_CASE("a cluster is reached when every master answers") {
  stand test(2);
  test.map = test.slot_map({{0, 8191, {0}}, {8192, last_slot, {1}}});
  redis_options const options = test.options;
  flush_gate flushes;
  redis_route route("store", options, test.upstream, test.around, flushes);
  CHECK(test.reaches(route));
  test.servers[1]->greeting = [](std::string const& command) {
    return command == "PING" ? "-LOADING not yet\r\n" : "";
  };
  CHECK_FALSE(test.reaches(route));
}

}  // namespace tandem::backend::redis
