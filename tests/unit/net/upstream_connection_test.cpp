#include "net/upstream_connection.hpp"

#include "net/listener.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "unit/net/health_log.hpp"
#include "unit/net/line_server.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using tandem::base::duration;
using tandem::base::error;
using tandem::base::error_kind;
using tandem::net::endpoint;
using tandem::net::upstream_connection;
using tandem::net::upstream_options;
using tandem::test::event_loop;
using tandem::test::health_log;
using tandem::test::line_server;
using tandem::test::temporary_directory;
using state = upstream_connection::state;

namespace {

/// An upstream connection whose owner writes down what it is told.
struct client final : upstream_connection::owner {
  client(event_loop& loop, endpoint where, upstream_options options = {})
      : connection(
            std::in_place, loop.reactor(), std::move(where), options, watched,
            [this](unsigned failures) {
              pauses.push_back(failures);
              return duration(pause);
            },
            *this) {}

  void on_connected() override {
    ++connected;
    if (in_connected) in_connected();
  }
  void on_bytes() override {
    bytes += connection->input().unread();
    connection->input().consume(connection->input().unread().size());
    if (in_bytes) in_bytes();
  }
  void on_disconnected(error const& reason) override {
    reasons.push_back(reason);
    if (in_disconnected) in_disconnected();
  }

  tandem::metrics::registry registry;
  tandem::metrics::worker_metrics& worker = registry.add_worker();
  health_log log;
  tandem::net::server_health health{log.writer()};
  tandem::net::watched_server watched{health, worker, {"pool", "server"}};
  tandem::net::upstream_metrics upstream_metrics{worker, watched.counted_as()};
  std::chrono::milliseconds pause{5};
  std::vector<unsigned> pauses;
  int connected = 0;
  std::string bytes;
  std::vector<error> reasons;
  std::function<void()> in_connected;
  std::function<void()> in_bytes;
  std::function<void()> in_disconnected;
  std::optional<upstream_connection> connection;
};

void say(client& speaker, std::string_view bytes) {
  speaker.connection->output().append(bytes);
  speaker.connection->flush_later();
}

}  // namespace

TEST_CASE("no connection is made before it is wanted") {
  event_loop loop;
  line_server server(loop);
  server.listen();
  client one(loop, server.where());
  loop.settle();
  CHECK(one.connection->current() == state::idle);
  CHECK_FALSE(one.connection->failing());
  CHECK(server.accepted() == 0);
}

TEST_CASE("a connection that was made carries bytes both ways and is counted") {
  event_loop loop;
  line_server server(loop);
  server.listen();
  client one(loop, server.where());
  one.connection->connect();
  one.connection->connect();
  CHECK(one.connection->current() == state::connecting);
  REQUIRE(loop.until([&] { return one.connected == 1 && server.accepted() == 1; }));
  CHECK(one.connection->current() == state::ready);
  one.connection->connect();
  say(one, "hello");
  REQUIRE(loop.until([&] { return server.received(0) == "hello"; }));
  server.at(0).say("well met");
  REQUIRE(loop.until([&] { return one.bytes == "well met"; }));
  CHECK(one.connection->written() == 5);
  CHECK(one.upstream_metrics.connections.value() == 1);
  CHECK(one.upstream_metrics.connects.value() == 1);
  CHECK(one.upstream_metrics.read_bytes.value() == 8);
  CHECK(one.upstream_metrics.written_bytes.value() == 5);
  CHECK(server.accepted() == 1);
}

TEST_CASE("a refused connection is down and tried again after pauses, until there is a listener") {
  event_loop loop;
  line_server server(loop);
  client one(loop, server.where());
  one.connection->connect();
  REQUIRE(loop.until([&] { return one.reasons.size() == 3; }));
  CHECK(one.reasons[0].kind == error_kind::connect);
  CHECK(one.reasons[0].message == "Connection refused");
  CHECK(one.connection->failing());
  CHECK(one.connection->last_failure().message == "Connection refused");
  server.listen();
  REQUIRE(loop.until([&] { return one.connected == 1; }));
  // Whoever only takes connections may yet refuse to talk.
  CHECK(one.connection->failing());
  one.connection->open();
  CHECK_FALSE(one.connection->failing());
  CHECK(one.log.lines() ==
        std::vector<std::string>{"backend pool server server is down: Connection refused"});
  one.connection->proved_alive();
  CHECK(one.log.lines().size() == 2);
  CHECK(one.log.lines().back() == "backend pool server server is well again");
  REQUIRE(one.pauses.size() >= 3);
  for (unsigned failures = 0; failures < one.pauses.size(); ++failures)
    CHECK(one.pauses[failures] == failures);
  CHECK(one.upstream_metrics.connect_failures.value() == one.pauses.size());
}

TEST_CASE("a server that proved alive starts the pauses afresh") {
  event_loop loop;
  line_server server(loop);
  server.listen();
  client one(loop, server.where());
  one.in_connected = [&] { say(one, "x"); };
  one.connection->connect();
  for (std::size_t times = 0; times < 3; ++times) {
    REQUIRE(loop.until([&] { return server.received(times) == "x"; }));
    server.at(times).close();
    REQUIRE(loop.until([&] { return one.reasons.size() == times + 1; }));
    CHECK(one.connection->current() == state::down);
  }
  CHECK(one.pauses == std::vector<unsigned>{0, 1, 2});
  REQUIRE(loop.until([&] { return server.received(3) == "x"; }));
  one.connection->proved_alive();
  server.at(3).close();
  REQUIRE(loop.until([&] { return one.reasons.size() == 4; }));
  CHECK(one.reasons.back().kind == error_kind::connection_lost);
  CHECK(one.reasons.back().message == "connection closed by the server");
  CHECK(one.connection->current() == state::idle);
  CHECK_FALSE(one.connection->failing());
  CHECK(one.pauses.size() == 3);
  CHECK(one.upstream_metrics.disconnects.value() == 4);
  CHECK(one.upstream_metrics.connections.value() == 0);
  one.connection->connect();
  REQUIRE(loop.until([&] { return server.received(4) == "x"; }));
  server.at(4).close();
  REQUIRE(loop.until([&] { return one.reasons.size() == 5; }));
  CHECK(one.connection->current() == state::down);
  CHECK(one.pauses == std::vector<unsigned>{0, 1, 2, 0});
}

TEST_CASE("a connection that ends before anything was asked on it says nothing against the server") {
  event_loop loop;
  line_server server(loop);
  server.listen();
  client one(loop, server.where());
  one.connection->connect();
  REQUIRE(loop.until([&] { return one.connected == 1 && server.accepted() == 1; }));
  server.at(0).close();
  REQUIRE(loop.until([&] { return one.reasons.size() == 1; }));
  CHECK(one.connection->current() == state::idle);
  CHECK(one.pauses.empty());
}

TEST_CASE("no connection within the time for it is a failure to connect") {
  event_loop loop;
  line_server server(loop);
  server.listen_without_room();
  upstream_options options;
  options.connect_timeout = 5s;
  std::vector<std::unique_ptr<client>> crowd;  // more than the server's queue holds
  for (int count = 0; count < 3; ++count) {
    crowd.push_back(std::make_unique<client>(loop, server.where(), options));
    crowd.back()->connection->connect();
  }
  REQUIRE(loop.until([&] { return crowd[0]->connected == 1; }));
  options.connect_timeout = 30ms;
  client one(loop, server.where(), options);
  one.pause = 1h;
  one.connection->connect();
  REQUIRE(loop.until([&] { return one.reasons.size() == 1; }));
  CHECK(one.reasons[0].kind == error_kind::connect);
  CHECK(one.reasons[0].message == "no connection within 30 ms");
  CHECK(one.connection->current() == state::down);
  CHECK(one.connected == 0);
}

TEST_CASE("after a failed attempt the next one is no reason to hope, though an earlier connection was open") {
  event_loop loop;
  line_server server(loop);
  server.listen_without_room();
  upstream_options options;
  options.connect_timeout = 30ms;
  client one(loop, server.where(), options);
  one.connection->connect();
  REQUIRE(loop.until([&] { return one.connected == 1; }));
  one.connection->open();
  one.connection->proved_alive();
  std::vector<std::unique_ptr<client>> crowd;
  for (int count = 0; count < 3; ++count) {
    crowd.push_back(std::make_unique<client>(loop, server.where(), upstream_options{}));
    crowd.back()->connection->connect();
  }
  one.connection->give_up({error_kind::bad_reply, "nonsense"});
  one.connection->connect();
  CHECK_FALSE(one.connection->failing());
  REQUIRE(loop.until([&] { return one.reasons.size() == 2; }));
  CHECK(one.reasons[1].message == "no connection within 30 ms");
  REQUIRE(loop.until([&] { return one.connection->current() == state::connecting; }));
  CHECK(one.connection->failing());
}

TEST_CASE("a host is given by name") {
  event_loop loop;
  line_server server(loop);
  server.listen();
  client one(loop, {"localhost", server.where().port, {}});
  one.connection->connect();
  REQUIRE(loop.until([&] { return one.connected == 1; }));
}

TEST_CASE("a Unix socket is connected to, or its absence told") {
  event_loop loop;
  temporary_directory const directory;
  endpoint const where{{}, 0, (directory.path() / "socket").string()};
  client one(loop, where);
  one.connection->connect();
  REQUIRE(loop.until([&] { return one.reasons.size() == 1; }));
  CHECK(one.reasons[0].message == "No such file or directory");
  auto sockets = tandem::net::listen_on({where, 0}, 1);
  REQUIRE(sockets.has_value());
  REQUIRE(loop.until([&] { return one.connected == 1; }));
}

TEST_CASE("a Unix path that is too long is a failure like any other") {
  event_loop loop;
  client one(loop, {{}, 0, std::string(300, 'x')});
  one.in_disconnected = [&] { CHECK(one.connection->current() == state::down); };
  one.connection->connect();
  REQUIRE(loop.until([&] { return one.reasons.size() == 3; }));
  CHECK(one.reasons[0].kind == error_kind::connect);
}

TEST_CASE("what the peer did can end a connection, and the owner is told once") {
  event_loop loop;
  line_server server(loop);
  server.listen();
  client one(loop, server.where());
  one.connection->give_up({error_kind::bad_reply, "not connected"});
  CHECK(one.reasons.empty());
  one.connection->connect();
  REQUIRE(loop.until([&] { return one.connected == 1 && server.accepted() == 1; }));
  say(one, "never written");
  one.in_disconnected = [&] { one.connection->give_up({error_kind::bad_reply, "again"}); };
  one.connection->give_up({error_kind::bad_reply, "nonsense"});
  REQUIRE(one.reasons.size() == 1);
  CHECK(one.reasons[0].kind == error_kind::bad_reply);
  CHECK(one.connection->last_failure().message == "nonsense");
  CHECK(one.connection->current() == state::down);
  REQUIRE(loop.until([&] { return server.at(0).gone(); }));
  CHECK(server.received(0).empty());
  REQUIRE(loop.until([&] { return one.connected == 2; }));
}

TEST_CASE("an upstream connection may be destroyed in any state, and by its owner's callbacks") {
  event_loop loop;
  line_server server(loop);
  client one(loop, server.where());
  auto const destroy = [&] { one.connection.reset(); };

  SECTION("while it connects") {
    one.connection->connect();
    destroy();
  }
  SECTION("while the name is being found") {
    one.connection.reset();
    client named(loop, {"localhost", server.where().port, {}});
    named.connection->connect();
    named.connection.reset();
    loop.settle();
  }
  SECTION("while it pauses") {
    one.connection->connect();
    REQUIRE(loop.until([&] { return !one.reasons.empty(); }));
    destroy();
  }
  SECTION("when it could not connect") {
    one.in_disconnected = destroy;
    one.connection->connect();
  }
  SECTION("when it has connected") {
    server.listen();
    one.in_connected = destroy;
    one.connection->connect();
  }
  SECTION("when bytes came") {
    server.listen();
    one.in_bytes = destroy;
    one.connection->connect();
    REQUIRE(loop.until([&] { return one.connected == 1 && server.accepted() == 1; }));
    server.at(0).say("bytes");
  }
  SECTION("when it was lost") {
    server.listen();
    one.in_disconnected = destroy;
    one.connection->connect();
    REQUIRE(loop.until([&] { return one.connected == 1 && server.accepted() == 1; }));
    server.at(0).close();
  }
  REQUIRE(loop.until([&] { return !one.connection; }));
  // What the destroyed one had begun comes to its end before a later attempt does.
  client witness(loop, server.where());
  witness.connection->connect();
  REQUIRE(loop.until([&] { return witness.connected + static_cast<int>(witness.reasons.size()) > 0; }));
  CHECK(one.upstream_metrics.connections.value() == 0);
}
