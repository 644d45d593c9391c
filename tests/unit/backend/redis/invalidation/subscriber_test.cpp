// What a subscriber hears from Redis servers that are played, and when it trusts that it has missed nothing.
#include "backend/redis/invalidation/subscriber.hpp"

#include "hashing/redis_slot.hpp"
#include "support/catch.hpp"
#include "unit/backend/redis/played_redis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace tandem::backend::redis {
namespace {

using test::bulk;
using heard = std::vector<std::string>;
using extent = model::invalidation::extent;

std::string array(std::vector<std::string> const& elements) {
  std::string made = fmt::format("*{}\r\n", elements.size());
  for (std::string const& each : elements) made += each;
  return made;
}

std::string message(std::string const& text) { return array({bulk("message"), bulk("c"), bulk(text)}); }
std::string changed(std::string const& keys) {
  return array({bulk("message"), bulk("__redis__:invalidate"), keys});
}

/// Redis servers for subscribers, and what one of these tells.
struct stand : test::played_redis, model::invalidation_sink {
  explicit stand(std::size_t nodes = 1) {
    for (std::size_t at = 0; at < nodes; ++at) {
      test::played_server& made = add_redis();
      made.greeting = [](std::string const&) { return ""; };
      made.answer = [this](std::string const& command) { return answer_to(command); };
    }
    options.servers.resize(1);
  }

  void invalidate(model::invalidation const& what) override {
    constexpr std::string_view names[] = {"key ", "prefix ", "everything"};
    told.push_back(std::string(names[static_cast<std::size_t>(what.what)]) + what.text);
  }

  void subscribe(std::string const& channel) {
    hears.emplace(settings(), subscription_options{"store", channel}, *this);
  }
  bool trusted() const { return registry.total(metrics::invalidation_trusted) == 1; }
  /// Waits for it, and for what the sink is told then.
  bool comes_to_trust() {
    return until([&] { return trusted() && !told.empty(); });
  }
  bool is_told(std::size_t count) {
    return until([&] { return told.size() >= count; });
  }

  std::string map;
  bool answers_beats = true;
  heard told;
  std::optional<subscriber> hears;

 private:
  std::string answer_to(std::string const& command) {
    if (command == "PING") return answers_beats ? array({bulk("pong"), bulk("")}) : "";
    if (command == "CLUSTER SLOTS") return map;
    if (command == "CLIENT ID") return ":5\r\n";
    if (command.starts_with("CLIENT TRACKING")) return "+OK\r\n";
    bool const sharded = command.starts_with("SSUBSCRIBE");
    return array(
        {bulk(sharded ? "ssubscribe" : "subscribe"), bulk(command.substr(command.find(' ') + 1)), ":1\r\n"});
  }
};

}  // namespace

TEST_CASE("a subscriber trusts its link when it stands, and outdates all that came before") {
  stand test;
  test.subscribe("c");
  CHECK_FALSE(test.trusted());
  REQUIRE(test.comes_to_trust());
  CHECK(test.servers[0]->heard == heard{"SUBSCRIBE c", "PING"});
  CHECK(test.told == heard{"everything"});
  CHECK(test.registry.total(metrics::invalidation_link_losses_total) == 0);
}

TEST_CASE("messages of a channel are keys, prefixes and everything, and what is neither is counted") {
  stand test;
  test.subscribe("c");
  REQUIRE(test.comes_to_trust());
  test.told.clear();
  test.servers[0]->connection(0).say(message("k") + message("p:*") + message("two words") + message("") +
                                     message(std::string(251, 'k')) + message("*"));
  REQUIRE(test.is_told(3));
  CHECK(test.told == heard{"key k", "prefix p:", "everything"});
  CHECK(test.registry.total(metrics::invalidations_received_total) == 3);
  CHECK(test.registry.total(metrics::invalidation_bad_messages_total) == 3);
  CHECK(test.trusted());
}

TEST_CASE("tracked keys are told without the backend's prefix, and only those that clients can ask for") {
  stand test;
  test.options.key_prefix = "p:";
  test.subscribe("");
  REQUIRE(test.comes_to_trust());
  CHECK(test.servers[0]->heard == heard{"CLIENT ID", "CLIENT TRACKING ON REDIRECT 5 BCAST PREFIX p:",
                                        "SUBSCRIBE __redis__:invalidate", "PING"});
  test.told.clear();
  test.servers[0]->connection(0).say(changed(array({bulk("p:a"), bulk("other"), bulk("p:"),
                                                    bulk("p:" + std::string(251, 'k')), bulk("p:b")})) +
                                     changed("$-1\r\n"));
  REQUIRE(test.is_told(3));
  CHECK(test.told == heard{"key a", "key b", "everything"});
}

TEST_CASE(
    "a link that was lost has missed something: no trust before it stands again, and everything is outdated "
    "then") {
  stand test;
  test.subscribe("c");
  REQUIRE(test.comes_to_trust());
  for (std::string const& end :
       {std::string(), std::string("+what\r\n"), array({bulk("unsubscribe"), bulk("c"), ":0\r\n"}),
        std::string("garbage\r\n")}) {
    INFO(end);
    test.told.clear();
    double const losses = test.registry.total(metrics::invalidation_link_losses_total);
    test.answers_beats = false;
    std::size_t const connections = test.servers[0]->connections();
    test.servers[0]->connection(connections - 1).say(end);
    if (end.empty()) test.servers[0]->connection(connections - 1).close();
    REQUIRE(test.until([&] { return test.servers[0]->connections() > connections; }));
    CHECK_FALSE(test.trusted());
    CHECK(test.told.empty());
    CHECK(test.registry.total(metrics::invalidation_link_losses_total) == losses + 1);
    test.answers_beats = true;
    test.servers[0]->connection(connections).close();
    REQUIRE(test.comes_to_trust());
    CHECK(test.told == heard{"everything"});
  }
}

TEST_CASE("a server that does not answer a heartbeat is given up") {
  stand test;
  test.subscribe("c");
  REQUIRE(test.comes_to_trust());
  test.answers_beats = false;
  CHECK(test.until([&] { return test.servers[0]->connections() == 2; }));
  CHECK_FALSE(test.trusted());
}

TEST_CASE("in a cluster a channel has one link, to the node that has its slot, and follows that") {
  stand test(3);
  test.options.topology = topology::cluster;
  int const slot = hashing::redis_slot("c");
  test.map = test.slot_map({{0, slot - 1, {1}}, {slot, 16383, {2}}});
  test.subscribe("c");
  REQUIRE(test.comes_to_trust());
  auto const subscribed = [&](std::size_t at) {
    return std::ranges::count(test.servers[at]->heard, std::string("SSUBSCRIBE c"));
  };
  CHECK(subscribed(0) == 0);
  CHECK(subscribed(1) == 0);
  CHECK(subscribed(2) == 1);
  CHECK(test.told == heard{"everything"});
  test.told.clear();
  test.map = test.slot_map({{0, 16383, {1}}});
  CHECK(test.until([&] { return subscribed(1) == 1; }));
  CHECK(test.comes_to_trust());
}

TEST_CASE("in a cluster tracking has a link to every master, and no trust while one is missing") {
  stand test(3);
  test.options.topology = topology::cluster;
  test.map = test.slot_map({{0, 8191, {1}}, {8192, 16383, {2}}});
  test.subscribe("");
  REQUIRE(test.comes_to_trust());
  for (std::size_t const at : {1U, 2U})
    CHECK(std::ranges::count(test.servers[at]->heard, std::string("SUBSCRIBE __redis__:invalidate")) == 1);
  CHECK(std::ranges::count(test.servers[0]->heard, std::string("CLIENT ID")) == 0);
  test.told.clear();
  test.answers_beats = false;
  std::size_t const before = test.servers[2]->connections();
  for (std::size_t each = 0; each < before; ++each) test.servers[2]->connection(each).close();
  CHECK(test.until([&] { return !test.trusted(); }));
  test.answers_beats = true;
  CHECK(test.comes_to_trust());
  CHECK(test.told == heard{"everything"});
}

}  // namespace tandem::backend::redis
