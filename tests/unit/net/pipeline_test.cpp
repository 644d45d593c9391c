// What a pipeline does with a server that answers, sooner or later.
#include "net/pipeline.hpp"

#include "base/sleep.hpp"
#include "support/catch.hpp"
#include "unit/net/line_pipeline.hpp"

#include <algorithm>
#include <optional>
#include <string>

using namespace std::chrono_literals;
using tandem::base::chunk;
using tandem::net::upstream_options;
using tandem::test::line_request;
using tandem::test::line_server;
using tandem::test::line_world;

TEST_CASE("the connection is made by the first request, which is answered over it") {
  line_world world;
  world.server.listen();
  world.loop.settle();
  CHECK(world.server.accepted() == 0);
  CHECK(world.client->quiet());
  line_request one(*world.client, "get a");
  CHECK_FALSE(world.client->quiet());
  CHECK(world.upstream_metrics.pending.value() == 1);
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "get a\n"; }));
  world.server.at(0).say("value\n");
  REQUIRE(world.loop.until([&] { return one.done(); }));
  CHECK(one.result() == "value");
  CHECK(world.client->quiet());
  CHECK(world.upstream_metrics.pending.value() == 0);
}

TEST_CASE("requests made while the connection is being made are written together, in order") {
  line_world world;
  world.server.listen();
  line_request a(*world.client, "a");
  line_request b(*world.client, "b");
  line_request c(*world.client, "c");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "a\nb\nc\n"; }));
  CHECK(world.server.at(0).reads() == 1);
}

TEST_CASE("requests of one batch leave in one write") {
  line_world world;
  world.open();
  line_request a(*world.client, "a");
  line_request b(*world.client, "b");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\nb\n"; }));
  CHECK(world.server.at(0).reads() == 2);
}

TEST_CASE("replies are given in the order of the requests, however they are cut") {
  std::string const replies = "to a\nto b\nto c\n";
  auto const cut = GENERATE(range(std::size_t{0}, std::size_t{15}));
  line_world world;
  world.open();
  line_request a(*world.client, "a");
  line_request b(*world.client, "b");
  line_request c(*world.client, "c");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\nb\nc\n"; }));
  world.server.at(0).say(replies.substr(0, cut));
  auto const before =
      static_cast<std::size_t>(std::count(replies.begin(), replies.begin() + static_cast<long>(cut), '\n'));
  REQUIRE(world.loop.until(
      [&] { return std::size_t{a.done()} + std::size_t{b.done()} + std::size_t{c.done()} == before; }));
  world.server.at(0).say(replies.substr(cut));
  REQUIRE(world.loop.until([&] { return c.done(); }));
  CHECK(a.result() == "to a");
  CHECK(b.result() == "to b");
  CHECK(c.result() == "to c");
}

TEST_CASE("a request with several replies is answered when the last one is there") {
  line_world world;
  world.open();
  line_request several(*world.client, "several", 5s, 3);
  line_request single(*world.client, "single");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\nseveral\nsingle\n"; }));
  world.server.at(0).say("one\ntwo\n");
  REQUIRE(world.loop.until([&] { return world.upstream_metrics.read_bytes.value() >= 15; }));
  CHECK_FALSE(several.done());
  world.server.at(0).say("three\nlast\n");
  REQUIRE(world.loop.until([&] { return single.done(); }));
  CHECK(several.result() == "one,two,three");
  CHECK(single.result() == "last");
}

TEST_CASE("a request made by what another one resumed goes over the open connection") {
  line_world world;
  world.open();
  std::optional<line_request> second;
  line_request first(*world.client, "a");
  first.then = [&] { second.emplace(*world.client, "b"); };
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\n"; }));
  world.server.at(0).say("to a\n");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\nb\n"; }));
  world.server.at(0).say("to b\n");
  REQUIRE(world.loop.until([&] { return second->done(); }));
  CHECK(second->result() == "to b");
}

TEST_CASE("a request that timed out leaves a tombstone that swallows its late reply") {
  line_world world;
  world.open();
  line_request late(*world.client, "late", 20ms);
  REQUIRE(world.loop.until([&] { return late.done(); }));
  CHECK(late.result() == "timeout, sent");
  CHECK(world.upstream_metrics.pending.value() == 0);
  CHECK(world.client->quiet());
  line_request next(*world.client, "next");
  CHECK_FALSE(world.client->quiet());
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\nlate\nnext\n"; }));
  world.server.at(0).say("to late\n");
  REQUIRE(world.loop.until([&] { return world.upstream_metrics.late_replies.value() == 1; }));
  CHECK_FALSE(next.done());
  world.server.at(0).say("to next\n");
  REQUIRE(world.loop.until([&] { return next.done(); }));
  CHECK(next.result() == "to next");
  CHECK(world.server.accepted() == 1);
}

TEST_CASE("a tombstone swallows every reply that is still due, also when some had come in time") {
  line_world world;
  world.open();
  line_request late(*world.client, "late", 100ms, 3);
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\nlate\n"; }));
  world.server.at(0).say("in time\n");
  REQUIRE(world.loop.until([&] { return late.done(); }));
  CHECK(late.result() == "timeout, sent");
  line_request next(*world.client, "next");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\nlate\nnext\n"; }));
  world.server.at(0).say("too late\nmuch too late\nto next\n");
  REQUIRE(world.loop.until([&] { return next.done(); }));
  CHECK(next.result() == "to next");
  CHECK(world.upstream_metrics.late_replies.value() == 1);
}

TEST_CASE("an answered request that is kept does not time out afterwards") {
  line_world world;
  world.open();
  auto body = [&]() -> tandem::base::task<std::string> {
    auto one = world.client->send({world.loop.now() + 50ms},
                                  [](tandem::base::output_buffer& output) { output.append("a\n"); });
    std::string const answer = tandem::test::in_words(co_await one);
    auto const later = world.loop.now() + 100ms;
    co_await tandem::base::sleep_until(world.loop.reactor(), later);
    co_return world.loop.now() >= later ? answer : "resumed twice";
  };
  auto running = body();
  REQUIRE_FALSE(running.start([](void*) {}, nullptr));
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\n"; }));
  world.server.at(0).say("to a\n");
  REQUIRE(world.loop.until([&] { return running.done(); }));
  CHECK(running.take() == "to a");
}

TEST_CASE("a request whose time is over before it starts is neither written nor waited for") {
  line_world world;
  world.open();
  line_request one(*world.client, "x", 0ms);
  CHECK(one.done());
  CHECK(one.result() == "timeout, not sent");
  line_request next(*world.client, "next");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\nnext\n"; }));
}

TEST_CASE("a request that times out while it waits for the connection was not sent and is not written") {
  upstream_options options;
  options.connect_timeout = 5s;
  using answer = tandem::base::task<std::optional<tandem::net::trouble>>;
  line_world world(options, [](tandem::test::line_pipeline& self) -> answer {
    co_await self.send_greeting({self.reactor().now() + 5s},
                                [](tandem::base::output_buffer& output) { output.append("hello\n"); });
    co_return std::nullopt;
  });
  world.server.listen();
  line_request late(*world.client, "late", 20ms);
  line_request patient(*world.client, "patient");
  REQUIRE(world.loop.until([&] { return late.done(); }));
  CHECK(late.result() == "timeout, not sent");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "hello\n"; }));
  world.server.at(0).say("welcome\n");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "hello\npatient\n"; }));
  CHECK(world.upstream_metrics.pending.value() == 1);
}

TEST_CASE("a request withdrawn while it waits for the connection is not written") {
  line_world world;
  world.server.listen();
  std::optional<line_request> withdrawn(std::in_place, *world.client, "withdrawn");
  line_request other(*world.client, "other");
  withdrawn.reset();
  CHECK(world.upstream_metrics.pending.value() == 1);
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "other\n"; }));
  world.server.at(0).say("to other\n");
  REQUIRE(world.loop.until([&] { return other.done(); }));
  CHECK(other.result() == "to other");
}

TEST_CASE("a pipeline whose requests have all been withdrawn is quiet, and connects for later ones") {
  line_world world;
  world.server.listen();
  std::optional<line_request> first(std::in_place, *world.client, "a");
  std::optional<line_request> second(std::in_place, *world.client, "b");
  second.reset();
  CHECK_FALSE(world.client->quiet());
  first.reset();
  CHECK(world.client->quiet());
  line_request third(*world.client, "c");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "c\n"; }));
}

TEST_CASE("a request withdrawn after it was written leaves a tombstone") {
  line_world world;
  world.open();
  std::optional<line_request> withdrawn(std::in_place, *world.client, "withdrawn");
  line_request other(*world.client, "other");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\nwithdrawn\nother\n"; }));
  withdrawn.reset();
  CHECK(world.upstream_metrics.pending.value() == 1);
  world.server.at(0).say("to withdrawn\nto other\n");
  REQUIRE(world.loop.until([&] { return other.done(); }));
  CHECK(other.result() == "to other");
  CHECK(world.upstream_metrics.late_replies.value() == 1);
  CHECK(world.upstream_metrics.pending.value() == 0);
}

TEST_CASE("a reply may destroy the requests behind it, and they leave tombstones") {
  line_world world;
  world.open();
  line_request first(*world.client, "a");
  std::optional<line_request> second(std::in_place, *world.client, "b");
  line_request third(*world.client, "c");
  first.then = [&] { second.reset(); };
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\nb\nc\n"; }));
  world.server.at(0).say("to a\nto b\nto c\n");
  REQUIRE(world.loop.until([&] { return third.done(); }));
  CHECK(third.result() == "to c");
}

TEST_CASE("no more requests wait than the limit says, tombstones among them") {
  upstream_options options;
  options.pending_max = 3;
  line_world world(options);
  world.open();
  line_request timed_out(*world.client, "a", 10ms);
  REQUIRE(world.loop.until([&] { return timed_out.done(); }));
  line_request b(*world.client, "b");
  line_request c(*world.client, "c");
  line_request refused(*world.client, "d");
  CHECK(refused.done());
  CHECK(refused.result() == "overload, not sent");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\nb\nc\n"; }));
  world.server.at(0).say("to a\n");
  REQUIRE(world.loop.until([&] { return world.upstream_metrics.late_replies.value() == 1; }));
  line_request accepted(*world.client, "e");
  CHECK_FALSE(accepted.done());
}

TEST_CASE("the limit holds while the connection is being made, too") {
  upstream_options options;
  options.pending_max = 2;
  line_world world(options);
  line_request a(*world.client, "a");
  line_request b(*world.client, "b");
  line_request refused(*world.client, "c");
  CHECK(refused.result() == "overload, not sent");
  CHECK(world.upstream_metrics.pending.value() == 2);
}

TEST_CASE("a server that does not read what is sent to it is sent no more than the limit and one request") {
  upstream_options options;
  options.output_max = 1000;
  line_world world(options, {}, line_server::reading::never);
  world.server.listen();
  line_request large(*world.client, std::string(20'000'000, 'x'));
  REQUIRE(world.loop.until([&] { return world.upstream_metrics.written_bytes.value() > 0; }));
  line_request refused(*world.client, "more");
  CHECK(refused.done());
  CHECK(refused.result() == "overload, not sent");
  CHECK(refused.message() == "the server does not read what is sent to it");
  CHECK_FALSE(large.done());
}

TEST_CASE("a pipeline may go in any state once its requests are gone, and leaves no chunk behind") {
  std::size_t const before = chunk::bytes_in_use();
  {
    line_world world;
    SECTION("never used") {}
    SECTION("connecting") {
      world.server.listen();
      line_request const one(*world.client, "a");
    }
    SECTION("with tombstones, and half a reply read") {
      world.open();
      std::optional<line_request> one(std::in_place, *world.client, "a");
      REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\n"; }));
      one.reset();
      auto const read = world.upstream_metrics.read_bytes.value();
      world.server.at(0).say("to");
      REQUIRE(world.loop.until([&] { return world.upstream_metrics.read_bytes.value() > read; }));
    }
    SECTION("down") {
      line_request const one(*world.client, "a");
      REQUIRE(world.loop.until([&] { return one.done(); }));
    }
    world.client.reset();
    world.loop.settle();
    CHECK(world.upstream_metrics.pending.value() == 0);
    CHECK(world.upstream_metrics.connections.value() == 0);
  }
  CHECK(chunk::bytes_in_use() == before);
}
