// How a pipeline lets clients take turns when more is asked for than the server can do with.
#include "net/pipeline.hpp"
#include "support/catch.hpp"
#include "unit/net/line_pipeline.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using tandem::net::upstream_options;
using tandem::test::line_request;
using tandem::test::line_world;

namespace {

/// What one client may have under way: a window, and one that passes those that would wait.
constexpr std::size_t under_way_max = tandem::net::flight_window::size_at_first + 1;

/// The last of a crowd that is sent, and those that wait, from 0 on.
std::string const last_sent = "c" + std::to_string(under_way_max - 1);
std::string waiting(std::size_t number) { return "c" + std::to_string(under_way_max + number); }

std::string in_a_row(std::vector<std::string> const& lines) {
  std::string all = "\n";
  for (std::string const& each : lines) all += each + "\n";
  return all;
}

/// Requests of one client, more than one connection takes at first.
struct crowd {
  explicit crowd(tandem::test::line_pipeline& through, std::uint32_t client,
                 std::size_t size = under_way_max + 10, tandem::base::duration patience = 5s) {
    for (std::size_t count = 0; count < size; ++count) {
      requests.emplace_back(
          std::make_unique<line_request>(through, "c" + std::to_string(count), patience, 1, client));
    }
  }

  bool done() const {
    return std::all_of(requests.begin(), requests.end(), [](auto const& each) { return each->done(); });
  }

  std::vector<std::unique_ptr<line_request>> requests;
};

/// What the server has got since the first line.
std::size_t lines(std::string const& received) {
  return static_cast<std::size_t>(std::count(received.begin(), received.end(), '\n')) - 1;
}

/// Lets it answer so many requests.
void answer(line_world& world, std::size_t count) {
  while (count-- > 0) world.server.at(0).say("well\n");
}

}  // namespace

TEST_CASE("a client whose requests wait for the window does not keep another's waiting") {
  line_world world;
  world.open();
  crowd const many(*world.client, 1);
  line_request other(*world.client, "other", 5s, 1, 2);
  line_request second(*world.client, "second", 5s, 1, 2);
  REQUIRE(world.loop.until([&] { return lines(world.server.received(0)) == under_way_max + 1; }));
  CHECK(world.server.received(0).ends_with(in_a_row({last_sent, "other"})));
  CHECK(world.upstream_metrics.pending.value() == static_cast<std::int64_t>(under_way_max) + 12);
  CHECK(world.upstream_metrics.held_back.value() == 11);
  answer(world, under_way_max);
  REQUIRE(world.loop.until([&] { return lines(world.server.received(0)) == under_way_max + 12; }));
  CHECK(world.server.received(0).find(in_a_row({"other", waiting(0), "second", waiting(1), waiting(2)})) !=
        std::string::npos);
}

TEST_CASE("what waits for the window is written when half of it is answered, at once") {
  line_world world;
  world.open();
  crowd const many(*world.client, 1, 3 * under_way_max);
  REQUIRE(world.loop.until([&] { return lines(world.server.received(0)) == under_way_max; }));
  std::size_t answered = 0;
  while (lines(world.server.received(0)) == under_way_max && answered < under_way_max) {
    answer(world, 1);
    REQUIRE(world.loop.until([&] { return many.requests[answered]->done(); }));
    ++answered;
    world.loop.settle();
  }
  std::size_t const written = lines(world.server.received(0)) - under_way_max;
  CHECK(answered > 1);
  // The window may have grown or shrunk meanwhile.
  CHECK(written >= tandem::net::flight_window::size_min / 2);
}

TEST_CASE("a request made by what another one resumed does not pass those of its client that wait") {
  line_world world;
  world.open();
  crowd const many(*world.client, 1, under_way_max + 2);
  std::optional<line_request> last;
  many.requests[0]->then = [&] { last.emplace(*world.client, "last", 5s, 1, 1); };
  REQUIRE(world.loop.until([&] { return lines(world.server.received(0)) == under_way_max; }));
  answer(world, under_way_max);
  REQUIRE(world.loop.until([&] { return lines(world.server.received(0)) == under_way_max + 3; }));
  CHECK(world.server.received(0).ends_with(in_a_row({waiting(0), waiting(1), "last"})));
}

TEST_CASE("a request that waits for the window may be withdrawn, and may time out unsent") {
  line_world world;
  world.open();
  crowd const many(*world.client, 1, under_way_max);
  std::optional<line_request> withdrawn(std::in_place, *world.client, "withdrawn", 5s, 1, 1);
  line_request late(*world.client, "late", 20ms, 1, 1);
  line_request patient(*world.client, "patient", 5s, 1, 1);
  withdrawn.reset();
  REQUIRE(world.loop.until([&] { return late.done(); }));
  CHECK(late.result() == "timeout, not sent");
  CHECK(world.upstream_metrics.pending.value() == static_cast<std::int64_t>(under_way_max) + 1);
  answer(world, under_way_max);
  REQUIRE(world.loop.until([&] { return lines(world.server.received(0)) == under_way_max + 1; }));
  CHECK(world.server.received(0).ends_with(in_a_row({last_sent, "patient"})));
}

TEST_CASE("a server that answers nothing is given up though only requests that wait for it time out") {
  upstream_options options;
  options.timeout = 20ms;
  line_world world(options);
  world.open();
  crowd const many(*world.client, 1, under_way_max, 50ms);
  REQUIRE(world.loop.until([&] { return many.done(); }));
  CHECK(world.upstream_metrics.disconnects.value() == 0);
  std::size_t waited = 0;
  while (world.upstream_metrics.disconnects.value() == 0 && waited < 100) {
    line_request const waits(*world.client, "waits", 30ms, 1, 1);
    REQUIRE(world.loop.until([&] { return waits.done(); }));
    ++waited;
  }
  CHECK(world.upstream_metrics.disconnects.value() == 1);
  CHECK_FALSE(world.server.received(0).find("waits") != std::string::npos);
}

TEST_CASE("what waits for the window when the connection is lost was not sent") {
  line_world world;
  world.open();
  crowd const many(*world.client, 1);
  REQUIRE(world.loop.until([&] { return lines(world.server.received(0)) == under_way_max; }));
  world.server.at(0).close();
  REQUIRE(world.loop.until([&] { return many.done(); }));
  CHECK(many.requests[under_way_max - 1]->result() == "connection_lost, sent");
  CHECK(many.requests[under_way_max]->result() == "connection_lost, not sent");
  CHECK(world.upstream_metrics.pending.value() == 0);
}

TEST_CASE("requests that fail may destroy others that wait for the window") {
  line_world world;
  world.open();
  crowd many(*world.client, 1);
  many.requests[under_way_max]->then = [&] { many.requests.resize(under_way_max + 1); };
  REQUIRE(world.loop.until([&] { return lines(world.server.received(0)) == under_way_max; }));
  world.server.at(0).close();
  REQUIRE(world.loop.until([&] { return many.done(); }));
  CHECK(many.requests.size() == under_way_max + 1);
  CHECK(world.upstream_metrics.pending.value() == 0);
}

TEST_CASE("what nobody in particular asks for, and what is sent again, does not wait for the window") {
  line_world world;
  world.open();
  crowd const many(*world.client, 1);
  line_request internal(*world.client, "internal", 5s, 1, 0);
  line_request again(*world.client, "again", 5s, 1, 1, tandem::net::priority::ahead);
  REQUIRE(world.loop.until([&] { return lines(world.server.received(0)) == under_way_max + 2; }));
  CHECK(world.server.received(0).ends_with(in_a_row({last_sent, "internal", "again"})));
}

TEST_CASE("what is sent again goes first over a new connection, in its order") {
  line_world world;
  world.server.listen();
  line_request first(*world.client, "first", 5s, 1, 1);
  line_request again(*world.client, "again", 5s, 1, 2, tandem::net::priority::ahead);
  line_request second(*world.client, "second", 5s, 1, 1, tandem::net::priority::ahead);
  std::optional<line_request> gone(std::in_place, *world.client, "gone", 5s, 1, 1,
                                   tandem::net::priority::ahead);
  CHECK(world.upstream_metrics.pending.value() == 4);
  gone.reset();
  CHECK(world.upstream_metrics.pending.value() == 3);
  REQUIRE(world.loop.until([&] { return world.server.received(0) == "again\nsecond\nfirst\n"; }));
}

TEST_CASE("what waits longer than it may is not written, though nobody has told it yet") {
  line_world world;
  world.open();
  crowd const many(*world.client, 1, under_way_max);
  line_request late(*world.client, "late", 1s, 1, 1);
  REQUIRE(world.loop.until([&] { return lines(world.server.received(0)) == under_way_max; }));
  answer(world, under_way_max);
  world.loop.jump(2s);
  REQUIRE(world.loop.until([&] { return late.done(); }));
  CHECK(late.result() == "timeout, not sent");
  line_request next(*world.client, "next", 5s, 1, 1);
  REQUIRE(world.loop.until([&] { return world.server.received(0).ends_with("next\n"); }));
  CHECK(world.server.received(0).find("late") == std::string::npos);
}

TEST_CASE("a reply that has come in time is not late because many others came with it") {
  struct past final : tandem::base::timer {
    void on_deadline() override {}
  };
  line_world world;
  world.open();
  crowd const many(*world.client, 1, under_way_max);
  REQUIRE(world.loop.until([&] { return lines(world.server.received(0)) == under_way_max; }));
  std::string all;
  for (std::size_t count = 0; count < under_way_max; ++count) all += "well\n";
  world.server.at(0).say(all);
  // The loop was away for long, and finds all that became due with what has come.
  world.loop.jump(10s);
  past due;
  world.loop.reactor().arm(due, world.loop.now() - 1h);
  REQUIRE(world.loop.until([&] { return many.done(); }));
  CHECK(std::ranges::all_of(many.requests, [](auto const& each) { return each->result() == "well"; }));
}
