// What a pipeline does with a server that is not there, goes away, or talks nonsense.
#include "net/pipeline.hpp"
#include "support/catch.hpp"
#include "unit/net/line_pipeline.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using tandem::base::output_buffer;
using tandem::base::task;
using tandem::net::trouble;
using tandem::net::trouble_kind;
using tandem::net::upstream_options;
using tandem::test::line_pipeline;
using tandem::test::line_request;
using tandem::test::line_world;

namespace {

/// A handshake of one line, and the answer that must come.
task<std::optional<trouble>> greet(line_pipeline& self) {
  auto const answered = co_await self.send_greeting({self.reactor().now() + 5s},
                                                    [](output_buffer& output) { output.append("hello\n"); });
  std::string const answer = tandem::test::in_words(answered);
  if (answer == "welcome") co_return std::nullopt;
  co_return trouble{trouble_kind::sign_in, "greeted with: " + answer};
}

task<std::optional<trouble>> says_nothing(line_pipeline&) { co_return std::nullopt; }

/// Brings `world` to an open connection past the handshake greet().
void open_with_greeting(line_world& world) {
  world.server.listen();
  line_request first(*world.client, "first");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "hello\n"; }));
  world.server.at(0).say("welcome\n");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "hello\nfirst\n"; }));
  world.server.at(0).say("opened\n");
  REQUIRE(world.loop.until([&] { return first.done(); }));
}

}  // namespace

TEST_CASE("a refused connection fails those who wait, and later requests at once") {
  line_world world;
  world.pause = 1h;
  line_request a(*world.client, "a");
  line_request b(*world.client, "b");
  CHECK_FALSE(world.client->down());
  REQUIRE(world.loop.until([&] { return a.done() && b.done(); }));
  CHECK(a.result() == "connect, not sent");
  CHECK(b.result() == "connect, not sent");
  CHECK(a.message() == "Connection refused");
  CHECK(world.client->down());
  line_request at_once(*world.client, "c");
  CHECK(at_once.done());
  CHECK(at_once.result() == "connect, not sent");
  CHECK(at_once.message() == "Connection refused");
  CHECK(world.upstream_metrics.pending.value() == 0);
  CHECK(world.upstream_metrics.connect_failures.value() == 1);
}

TEST_CASE("a server that comes back is found by itself, and answers") {
  line_world world;
  line_request failed(*world.client, "a");
  REQUIRE(world.loop.until([&] { return world.upstream_metrics.connect_failures.value() == 2; }));
  world.server.listen();
  REQUIRE(world.loop.until([&] { return !world.client->down(); }));
  line_request one(*world.client, "b");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "b\n"; }));
  world.server.at(0).say("to b\n");
  REQUIRE(world.loop.until([&] { return one.done(); }));
  CHECK(one.result() == "to b");
}

TEST_CASE("an idle connection that the server closes is made again by the next request") {
  line_world world;
  world.open();
  world.server.at(0).close();
  REQUIRE(world.loop.until([&] { return world.upstream_metrics.disconnects.value() == 1; }));
  CHECK_FALSE(world.client->down());
  line_request next(*world.client, "next");
  REQUIRE(world.loop.until([&] { return world.server.received(1) == "next\n"; }));
  world.server.at(1).say("to next\n");
  REQUIRE(world.loop.until([&] { return next.done(); }));
  CHECK(next.result() == "to next");
  CHECK(world.upstream_metrics.connects.value() == 2);
}

TEST_CASE("a connection lost fails what was sent over it") {
  line_world world;
  world.open();
  line_request a(*world.client, "a");
  line_request b(*world.client, "b");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\nb\n"; }));
  world.server.at(0).say("to a\n");
  world.server.at(0).close();
  REQUIRE(world.loop.until([&] { return b.done(); }));
  CHECK(a.result() == "to a");
  CHECK(b.result() == "connection_lost, sent");
  CHECK(world.upstream_metrics.pending.value() == 0);
  CHECK(world.client->quiet());
}

TEST_CASE("a request sent again from within its failure goes over the next connection") {
  line_world world;
  world.open();
  std::deque<line_request> again;
  line_request a(*world.client, "a");
  line_request b(*world.client, "b");
  a.then = [&] { again.emplace_back(*world.client, "a again"); };
  b.then = [&] { again.emplace_back(*world.client, "b again"); };
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\nb\n"; }));
  world.server.at(0).close();
  REQUIRE(world.loop.until([&] {
    return world.server.received(1) == "a again\nb again\n" || (!again.empty() && again[0].done());
  }));
  REQUIRE(again.size() == 2);
  world.server.at(1).say("to a\nto b\n");
  REQUIRE(world.loop.until([&] { return again[0].done() && again[1].done(); }));
  CHECK(again[0].result() == "to a");
  CHECK(again[1].result() == "to b");
  CHECK(a.result() == "connection_lost, sent");
}

TEST_CASE("garbage ends the connection, and each request is told whether it had been sent") {
  line_world world;
  world.open();
  line_request answered(*world.client, "a");
  line_request sent(*world.client, "b");
  std::optional<line_request> unsent;
  answered.then = [&] { unsent.emplace(*world.client, "c"); };
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\nb\n"; }));
  world.server.at(0).say("to a\n?garbage\n");
  REQUIRE(world.loop.until([&] { return sent.done() && unsent && unsent->done(); }));
  CHECK(answered.result() == "to a");
  CHECK(sent.result() == "bad_reply, sent");
  CHECK(unsent->result() == "bad_reply, not sent");
  REQUIRE(world.loop.until([&] { return world.server.at(0).gone(); }));
  CHECK(world.server.received(0) == "first\na\nb\n");
  CHECK(world.upstream_metrics.pending.value() == 0);
}

TEST_CASE("a server that talked nonsense once is connected to again") {
  line_world world;
  world.open();
  world.server.at(0).say("?");
  REQUIRE(world.loop.until([&] { return world.upstream_metrics.disconnects.value() == 1; }));
  REQUIRE(world.loop.until([&] { return !world.client->down(); }));
  line_request next(*world.client, "next");
  REQUIRE(world.loop.until([&] { return world.server.received(1) == "next\n"; }));
}

TEST_CASE("a server that only talks nonsense is asked less and less often") {
  line_world world;
  world.server.listen();
  for (std::size_t times = 0; times < 3; ++times) {
    REQUIRE(world.loop.until([&] { return !world.client->down(); }));
    line_request one(*world.client, "x");
    REQUIRE(world.loop.until([&] { return world.server.received(times) == "x\n"; }));
    world.server.at(times).say("?");
    REQUIRE(world.loop.until([&] { return one.done(); }));
    CHECK(one.result() == "bad_reply, sent");
    CHECK(world.client->down());
  }
  CHECK(world.pauses == std::vector<unsigned>{0, 1, 2});
}

TEST_CASE("a reply that nothing asked for ends the connection") {
  line_world world;
  world.open();
  world.server.at(0).say("by the way\n");
  REQUIRE(world.loop.until([&] { return world.upstream_metrics.disconnects.value() == 1; }));
  line_request next(*world.client, "next");
  REQUIRE(world.loop.until([&] { return world.server.received(1) == "next\n"; }));
}

TEST_CASE("a second reply is not given to a request that was not written yet") {
  line_world world;
  world.open();
  line_request first(*world.client, "a");
  std::optional<line_request> second;
  first.then = [&] { second.emplace(*world.client, "b"); };
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\n"; }));
  world.server.at(0).say("to a\nto nobody\n");
  REQUIRE(world.loop.until([&] { return second && second->done(); }));
  CHECK(first.result() == "to a");
  CHECK(second->result() == "bad_reply, not sent");
}

TEST_CASE("failing requests may destroy the others, sent or waiting, and ask anew") {
  line_world world;
  world.open();
  std::deque<std::optional<line_request>> all(4);
  std::deque<line_request> anew;
  for (auto& each : all) each.emplace(*world.client, "x");
  all[0]->then = [&] {
    all[1].reset();
    all[3].reset();
    anew.emplace_back(*world.client, "y");
    all[0]->then = nullptr;
  };
  all[2]->then = [&] { anew.pop_front(); };
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\nx\nx\nx\nx\n"; }));
  world.server.at(0).close();
  REQUIRE(world.loop.until([&] { return all[2]->done(); }));
  CHECK(all[0]->result() == "connection_lost, sent");
  CHECK(all[2]->result() == "connection_lost, sent");
  CHECK(world.upstream_metrics.pending.value() == 0);
  CHECK(world.client->quiet());
  line_request next(*world.client, "next");
  REQUIRE(world.loop.until([&] { return world.server.received(1) == "next\n"; }));
  world.server.at(1).say("to next\n");
  REQUIRE(world.loop.until([&] { return next.done(); }));
  CHECK(next.result() == "to next");
}

TEST_CASE("requests that wait for a connection may destroy one another when it fails") {
  line_world world;
  std::deque<std::optional<line_request>> all(4);
  for (auto& each : all) each.emplace(*world.client, "x");
  all[0]->then = [&] {
    all[1].reset();
    all[3].reset();
  };
  REQUIRE(world.loop.until([&] { return all[2]->done(); }));
  CHECK(all[2]->result() == "connect, not sent");
  CHECK(world.upstream_metrics.pending.value() == 0);
  CHECK(world.client->quiet());
}

TEST_CASE("a request that times out may destroy others whose time is over with it") {
  line_world world;
  world.open();
  line_request first(*world.client, "a", 20ms);
  std::optional<line_request> second(std::in_place, *world.client, "b", 20ms);
  std::optional<line_request> third;
  first.then = [&] {
    second.reset();
    third.emplace(*world.client, "c");
  };
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\nb\nc\n"; }));
  world.server.at(0).say("to a\nto b\nto c\n");
  REQUIRE(world.loop.until([&] { return third->done(); }));
  CHECK(first.result() == "timeout, sent");
  CHECK(third->result() == "to c");
}

TEST_CASE("a server that is silent for too long while a request times out is given up") {
  line_world world;
  world.open();
  line_request other(*world.client, "a", 1h);
  line_request timed_out(*world.client, "b", 30ms);
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\nb\n"; }));
  world.loop.jump(2s);
  REQUIRE(world.loop.until([&] { return other.done(); }));
  CHECK(timed_out.result() == "timeout, sent");
  CHECK(other.result() == "timeout, sent");
  CHECK(other.message() == "the server does not answer");
  CHECK(world.upstream_metrics.disconnects.value() == 1);
}

TEST_CASE("a pause between requests is not taken for silence") {
  line_world world;
  world.open();
  world.loop.jump(1h);
  line_request timed_out(*world.client, "a", 20ms);
  REQUIRE(world.loop.until([&] { return timed_out.done(); }));
  CHECK(world.upstream_metrics.disconnects.value() == 0);
}

TEST_CASE("a server that says but part of a short answer within a request's time counts as silent") {
  for (std::size_t const said : {0, 1, 4000, 5000}) {
    INFO(said);
    upstream_options options;
    options.timeout = 40ms;
    line_world world(options);
    world.open();
    line_request one(*world.client, "a", 40ms);
    REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\n"; }));
    world.server.at(0).say(std::string(said, 'x'));
    REQUIRE(world.loop.until([&] { return one.done(); }));
    CHECK(one.result() == "timeout, sent");
    CHECK(world.watched.trusted() == (said == 5000));
  }
}

TEST_CASE("while it takes longer than a request may to be let in, no other request waits for that") {
  upstream_options options;
  options.timeout = 20ms;
  line_world world(options, greet);
  world.server.listen();
  line_request first(*world.client, "a", 20ms);
  line_request patient(*world.client, "b", 1h);
  REQUIRE(world.loop.until([&] { return first.done() && world.server.received(0) == "hello\n"; }));
  CHECK(first.result() == "timeout, not sent");
  line_request late(*world.client, "c", 1h);
  CHECK(late.result() == "connect, not sent");
  CHECK(late.message() == "no connection within 20 ms, and an attempt goes on");
  CHECK(world.upstream_metrics.pending.value() == 2);  // the handshake and b
  world.server.at(0).say("welcome\n");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "hello\nb\n"; }));
  line_request in_time(*world.client, "d", 1h);
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "hello\nb\nd\n"; }));
}

TEST_CASE("too many answers that are still due after their time end the connection") {
  upstream_options options;
  options.late_replies_max = 2;
  line_world world(options);
  world.open();
  line_request waiting(*world.client, "w");
  for (int count = 0; count < 3; ++count) {
    CHECK_FALSE(waiting.done());
    line_request one(*world.client, "x", 8ms);
    REQUIRE(world.loop.until([&] { return one.done(); }));
    CHECK(one.result() == "timeout, sent");
  }
  CHECK(waiting.done());
  CHECK(waiting.result() == "timeout, sent");
  CHECK(world.upstream_metrics.disconnects.value() == 1);
}

TEST_CASE("a reply that makes no sense to the caller can end the connection") {
  line_world world;
  world.open();
  line_request a(*world.client, "a");
  line_request b(*world.client, "b");
  a.then = [&] { world.client->give_up("cannot be"); };
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\na\nb\n"; }));
  world.server.at(0).say("to a\nto b\n");
  REQUIRE(world.loop.until([&] { return b.done(); }));
  CHECK(a.result() == "to a");
  CHECK(b.result() == "bad_reply, sent");
  CHECK(b.message() == "cannot be");
}

TEST_CASE("the handshake is written before all others, which wait for its answer") {
  line_world world(greet);
  world.server.listen();
  line_request a(*world.client, "a");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "hello\n"; }));
  line_request b(*world.client, "b");
  world.loop.settle();
  CHECK(world.server.received(0) == "hello\n");
  world.server.at(0).say("welcome\n");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "hello\na\nb\n"; }));
  world.server.at(0).say("to a\nto b\n");
  REQUIRE(world.loop.until([&] { return b.done(); }));
  CHECK(a.result() == "to a");
  CHECK(b.result() == "to b");
}

TEST_CASE("every new connection has its handshake") {
  line_world world(greet);
  open_with_greeting(world);
  world.server.at(0).close();
  REQUIRE(world.loop.until([&] { return world.upstream_metrics.disconnects.value() == 1; }));
  CHECK_FALSE(world.client->down());
  line_request next(*world.client, "next");
  REQUIRE(world.loop.until([&] { return world.server.received(1) == "hello\n"; }));
  world.server.at(1).say("welcome\n");
  REQUIRE(world.loop.until([&] { return world.server.received(1) == "hello\nnext\n"; }));
}

TEST_CASE("a refused handshake fails those who wait, unsent, and is tried again less and less often") {
  line_world world(greet);
  world.server.listen();
  line_request a(*world.client, "a");
  for (std::size_t times = 0; times < 3; ++times) {
    REQUIRE(world.loop.until([&] { return world.server.received(times) == "hello\n"; }));
    world.server.at(times).say("go away\n");
    REQUIRE(world.loop.until([&] { return world.pauses.size() == times + 1; }));
    CHECK(world.client->down());
  }
  CHECK(a.result() == "connect, not sent");
  CHECK(a.message() == "greeted with: go away");
  CHECK(world.pauses == std::vector<unsigned>{0, 1, 2});
  REQUIRE(world.loop.until([&] { return world.server.received(3) == "hello\n"; }));
  CHECK(world.client->down());
  line_request at_once(*world.client, "b");
  CHECK(at_once.result() == "connect, not sent");
  CHECK(at_once.message() == "greeted with: go away");
  world.server.at(3).say("welcome\n");
  REQUIRE(world.loop.until([&] { return !world.client->down(); }));
  line_request b(*world.client, "b");
  REQUIRE(world.loop.until([&] { return world.server.received(3) == "hello\nb\n"; }));
  CHECK(world.log.lines() ==
        std::vector<std::string>{"backend pool server server is down: greeted with: go away",
                                 "backend pool server server is well again"});
}

TEST_CASE("what is said beside the answer to the handshake is the reason why nobody is let in") {
  line_world world([](line_pipeline& self) -> task<std::optional<trouble>> {
    co_await self.send_greeting({self.reactor().now() + 5s},
                                [](output_buffer& output) { output.append("hello\n"); });
    co_await self.send_greeting({self.reactor().now() + 5s},
                                [](output_buffer& output) { output.append("again\n"); });
    co_return std::nullopt;
  });
  world.server.listen();
  line_request a(*world.client, "a");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "hello\n"; }));
  world.server.at(0).say("welcome\nI am\x01 full\r\n");
  REQUIRE(world.loop.until([&] { return a.done(); }));
  CHECK(a.message() == "it said \"I am? full\" before it was asked");
  CHECK(world.client->down());
}

TEST_CASE("a connection lost during the handshake fails those who wait, unsent") {
  line_world world(greet);
  world.server.listen();
  line_request a(*world.client, "a");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "hello\n"; }));
  world.server.at(0).close();
  REQUIRE(world.loop.until([&] { return a.done(); }));
  CHECK(a.result() == "connection_lost, not sent");
  CHECK(world.client->down());
  CHECK(world.upstream_metrics.pending.value() == 0);
}

TEST_CASE("a handshake that did not have to speak opens the connection at once") {
  line_world world(says_nothing);
  world.open();
  line_request next(*world.client, "next");
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "first\nnext\n"; }));
}

TEST_CASE("a handshake that is under way may see its pipeline destroyed") {
  line_world world(greet);
  world.server.listen();
  {
    line_request const a(*world.client, "a");
    REQUIRE(world.loop.until([&] { return world.server.received(0) == "hello\n"; }));
  }
  world.client.reset();
  world.loop.settle();
  CHECK(world.upstream_metrics.pending.value() == 0);
  CHECK(world.upstream_metrics.connections.value() == 0);
}

TEST_CASE("a greeting when there is no connection fails unsent") {
  line_world world;
  std::string result;
  auto body = [&]() -> task<std::string> {
    co_return tandem::test::in_words(co_await world.client->send_greeting(
        {world.loop.now() + 1s}, [](output_buffer& output) { output.append("hello\n"); }));
  };
  task<std::string> one = body();
  CHECK(one.start([](void*) {}, nullptr));
  CHECK(one.take() == "connect, not sent");
  CHECK(world.server.accepted() == 0);
}

TEST_CASE(
    "a server that closes every new connection unheard is asked less and less often, handshake or not") {
  auto const greeting = GENERATE(false, true);
  line_world world(greeting ? line_pipeline::handshake(says_nothing) : line_pipeline::handshake());
  world.server.listen();
  for (std::size_t times = 0; times < 3; ++times) {
    REQUIRE(world.loop.until([&] { return !world.client->down(); }));
    line_request one(*world.client, "x");
    REQUIRE(world.loop.until([&] { return world.server.received(times) == "x\n"; }));
    world.server.at(times).close();
    REQUIRE(world.loop.until([&] { return one.done(); }));
    CHECK(world.client->down());
  }
  CHECK(world.pauses == std::vector<unsigned>{0, 1, 2});
}
