// Attempts to connect that come to nothing, by a script: no sockets, and no time but what the test lets pass.
#include "net/upstream_connection.hpp"
#include "support/catch.hpp"
#include "unit/net/health_log.hpp"
#include "unit/net/scripted_network.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using tandem::net::upstream_connection;
using tandem::test::scripted_network;
using state = upstream_connection::state;
using enum tandem::test::scripted_network::manner;

namespace {

/// An upstream connection that writes down what its owner is told.
struct caller final : upstream_connection::owner {
  void on_connected() override { told.emplace_back("connected"); }
  void on_bytes() override { told.emplace_back("bytes"); }
  void on_disconnected(tandem::base::error const& reason) override {
    told.push_back(reason.message);
    if (destroys) connection.reset();
  }

  tandem::test::still_loop loop;
  scripted_network network;
  tandem::metrics::registry registry;
  tandem::test::health_log log;
  tandem::net::server_health health{log.writer()};
  tandem::net::watched_server watched{health, registry.add_worker(), {"pool", "server"}};
  std::vector<std::string> told;
  bool destroys = false;
  std::optional<upstream_connection> connection{std::in_place,
                                                loop.reactor(),
                                                tandem::net::endpoint{"server", 1, {}},
                                                tandem::net::upstream_options{},
                                                watched,
                                                [](unsigned failures) { return (failures + 1) * 100ms; },
                                                *this,
                                                network};
};

}  // namespace

TEST_CASE(
    "a connection that is neither made nor refused is given up when its time is over, and tried again") {
  caller one;
  one.network.how = is_silent;
  one.connection->connect();
  one.loop.let_pass(499ms);
  CHECK(one.told.empty());
  one.loop.let_pass(10ms);
  CHECK(one.told == std::vector<std::string>{"no connection within 500 ms"});
  CHECK(one.connection->current() == state::down);
  one.network.how = accepts;
  one.loop.let_pass(90ms);
  CHECK(one.told.size() == 1);
  one.loop.let_pass(20ms);
  CHECK(one.told.back() == "connected");
  CHECK(one.connection->current() == state::ready);
}

TEST_CASE("the pauses between attempts grow until one succeeds, whether they are refused at once or later") {
  auto const how = GENERATE(refuses, refuses_at_once);
  caller one;
  one.network.how = how;
  one.connection->connect();
  one.loop.settle();
  for (std::size_t failures = 1; failures < 5; ++failures) {
    CHECK(one.told == std::vector<std::string>(failures, "Connection refused"));
    one.loop.let_pass(failures * 100ms - 10ms);
    CHECK(one.told.size() == failures);
    one.loop.let_pass(20ms);
  }
}

TEST_CASE("an attempt that is destroyed tells nobody") {
  caller one;
  SECTION("while it is under way") {
    one.connection->connect();
    one.connection.reset();
  }
  SECTION("from within its failure") {
    one.network.how = refuses;
    one.destroys = true;
    one.connection->connect();
  }
  one.loop.let_pass(10s);
  CHECK_FALSE(one.connection);
  CHECK(one.told.size() <= 1);
}

TEST_CASE("it is told whether the server is to blame for an attempt that came to nothing") {
  for (auto const how : {refuses, refuses_at_once, is_silent, has_no_sockets, refuses}) {
    caller one;
    one.network.how = how;
    one.connection->connect();
    one.loop.let_pass(600ms);
    REQUIRE(!one.told.empty());
    CHECK(one.connection->failing());
    CHECK(one.connection->servers_fault() == (how != has_no_sockets));
  }
}
