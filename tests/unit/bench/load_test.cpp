// The loop against a server that the test plays: what it counts, and what it refuses.
#include "bench/load.hpp"

#include "support/catch.hpp"
#include "support/fake_server.hpp"

#include <unistd.h>

#include <functional>
#include <thread>

using namespace tandem::bench;
using tandem::test::fake_server;
using tandem::test::text_client;

namespace {

constexpr auto stall = std::chrono::milliseconds(300);

item_set const items("bench:", 10, 5);

std::string reply_to(std::string const& line) {
  std::string const key = line.substr(4);
  return "VALUE " + key + " 0 5\r\n" + std::string(items.value(*items.number_of(key))) + "\r\nEND\r\n";
}

/// Answers each line of one connection as `reply` says, until it is closed.
std::thread serve(fake_server const& server, std::function<std::string(std::string const&, int)> reply) {
  return std::thread([&server, reply = std::move(reply)] {
    auto connection = server.accept();
    try {
      for (int number = 0;; ++number) connection->send(reply(connection->read_line(), number));
    } catch (std::exception const&) {
      // The load is over.
    }
  });
}

/// Stands still once, a hundred requests after the beginning.
std::string stalling(std::string const& line, int number) {
  if (number == 100) std::this_thread::sleep_for(stall);
  return reply_to(line);
}

options one_connection(fake_server const& server) {
  options wanted;
  wanted.address = server.address();
  wanted.connections = 1;
  wanted.keys = 10;
  wanted.value_size = 5;
  wanted.sets = 0;
  wanted.requests = 1000;
  return wanted;
}

double ms(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

}  // namespace

TEST_CASE("at a fixed rate a stall is charged to all requests that were due meanwhile") {
  fake_server server;
  std::thread serving = serve(server, stalling);
  {
    options wanted = one_connection(server);
    wanted.rate = 1000;
    load driven(wanted);
    figures const& found = driven.run();
    CHECK(found.requests == 1000);
    CHECK(ms(found.elapsed_ns) > 900);
    // Three hundred of them wait, from 300 ms down to nothing.
    CHECK(ms(found.latency_ns.percentile(90)) > 150);
    CHECK(ms(found.latency_ns.percentile(99)) > 250);
  }
  serving.join();
}

TEST_CASE("in a closed loop a stall is one slow request") {
  fake_server server;
  std::thread serving = serve(server, stalling);
  {
    options const wanted = one_connection(server);
    load driven(wanted);
    figures const& found = driven.run();
    CHECK(found.requests == 1000);
    CHECK(ms(found.latency_ns.max()) >= 300);
    CHECK(ms(found.latency_ns.percentile(90)) < 150);
  }
  serving.join();
}

TEST_CASE("replies in the wrong order end the run") {
  fake_server server;
  // The first reply of each two is held back, and sent after the second.
  std::string held;
  std::thread serving = serve(server, [&held](std::string const& line, int number) {
    if (number % 2 == 1) return reply_to(line) + held;
    held = reply_to(line);
    return std::string();
  });
  {
    options wanted = one_connection(server);
    wanted.pipeline = 2;
    load driven(wanted);
    CHECK_THROWS_AS(driven.run(), wrong_reply);
  }
  serving.join();
}

TEST_CASE("a closed connection ends the run") {
  fake_server server;
  std::thread serving([&server] { (void)server.accept()->read_line(); });
  {
    options const wanted = one_connection(server);
    load driven(wanted);
    CHECK_THROWS_AS(driven.run(), std::runtime_error);
  }
  serving.join();
}

TEST_CASE("processes that are watched are charged what they use") {
  fake_server server;
  std::thread serving = serve(server, [](std::string const& line, int) { return reply_to(line); });
  {
    options wanted = one_connection(server);
    wanted.watch = {::getpid()};
    load driven(wanted);
    figures const& found = driven.run();
    REQUIRE(found.watched.size() == 1);
    CHECK(found.watched[0].after.cpu_ns > found.watched[0].before.cpu_ns);
    CHECK(found.watched[0].after.resident_kib > 0);
    CHECK(found.watched[0].after.peak_kib >= found.watched[0].after.resident_kib);
  }
  serving.join();
}
