// A pipeline whose peer is not who it was: the connection is made anew without loss.
#include "support/catch.hpp"
#include "unit/net/line_pipeline.hpp"

using namespace tandem;
using namespace tandem::test;

TEST_CASE("a renewed connection answers what was sent over it, and what comes later goes over the next") {
  line_world world;
  world.open();
  line_request sent(*world.client, "sent");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\nsent\n"; }));
  CHECK(world.client->renew());
  line_request later(*world.client, "later");
  CHECK_FALSE(world.client->renew());
  world.server.at(0).say("answered\n");
  REQUIRE(world.loop.until([&] { return sent.done(); }));
  CHECK(sent.result() == "answered");
  REQUIRE(world.loop.until([&] { return world.server.received(1) == "later\n"; }));
  CHECK(world.server.received(0) == "first\nsent\n");
  CHECK(world.server.at(0).gone());
  world.server.at(1).say("too\n");
  REQUIRE(world.loop.until([&] { return later.done(); }));
  CHECK(later.result() == "too");
  CHECK(world.pauses.empty());
}

TEST_CASE("an idle connection is renewed at once, by the next request") {
  line_world world;
  world.open();
  CHECK(world.client->renew());
  CHECK_FALSE(world.client->renew());
  REQUIRE(world.loop.until([&] { return world.server.at(0).gone(); }));
  line_request later(*world.client, "later");
  REQUIRE(world.loop.until([&] { return world.server.received(1) == "later\n"; }));
  world.server.at(1).say("yes\n");
  REQUIRE(world.loop.until([&] { return later.done(); }));
  CHECK(later.result() == "yes");
}

TEST_CASE("a request that an answer over the old connection leads to goes over the new one") {
  line_world world;
  world.open();
  std::optional<line_request> again;
  line_request refused(*world.client, "write");
  refused.then = [&] {
    CHECK(world.client->renew());
    again.emplace(*world.client, "write again");
  };
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\nwrite\n"; }));
  world.server.at(0).say("READONLY\n");
  REQUIRE(world.loop.until([&] { return world.server.received(1) == "write again\n"; }));
  world.server.at(1).say("stored\n");
  REQUIRE(world.loop.until([&] { return again->done(); }));
  CHECK(again->result() == "stored");
}

TEST_CASE(
    "a connection that is lost while it is being renewed fails what was sent, and the rest as never sent") {
  line_world world;
  world.open();
  line_request sent(*world.client, "sent");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\nsent\n"; }));
  CHECK(world.client->renew());
  line_request later(*world.client, "later");
  world.server.at(0).close();
  REQUIRE(world.loop.until([&] { return sent.done() && later.done(); }));
  CHECK(sent.result() == "connection_lost, sent");
  CHECK(later.result() == "connection_lost, not sent");
}

TEST_CASE("an answer that nobody waits for any more is still awaited before the connection ends") {
  line_world world;
  world.open();
  std::optional<line_request> withdrawn(std::in_place, *world.client, "withdrawn");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\nwithdrawn\n"; }));
  withdrawn.reset();
  CHECK(world.client->renew());
  line_request later(*world.client, "later");
  world.server.at(0).say("late\n");
  REQUIRE(world.loop.until([&] { return world.server.received(1) == "later\n"; }));
}

TEST_CASE("a connection that is to end is given up when the answers that are due over it do not come") {
  net::upstream_options upstream;
  upstream.timeout = std::chrono::milliseconds(10);
  line_world world(upstream);
  world.open();
  line_request sent(*world.client, "sent", upstream.timeout);
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\nsent\n"; }));
  CHECK(world.client->renew());
  REQUIRE(world.loop.until([&] { return sent.done(); }));
  std::optional<line_request> later;
  REQUIRE(world.loop.until([&] {
    if (!later || later->done()) later.emplace(*world.client, "later", std::chrono::milliseconds(50));
    return world.server.received(1) == "later\n";
  }));
  CHECK(world.server.at(0).gone());
}
