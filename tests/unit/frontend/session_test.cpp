#include "frontend/session.hpp"

#include "base/frame_pool.hpp"
#include "support/catch.hpp"
#include "unit/frontend/served_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace tandem::test;

namespace tandem::frontend {
namespace {

std::string hit(std::string const& key) {
  return fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", key, key.size(), key);
}

std::string gets(std::string const& prefix, int count) {
  std::string all;
  for (int number = 0; number < count; ++number) all += fmt::format("get {}{}\r\n", prefix, number);
  return all;
}

std::string hits(std::string const& prefix, int count) {
  std::string all;
  for (int number = 0; number < count; ++number) all += hit(fmt::format("{}{}", prefix, number));
  return all;
}

/// Answers every key with that many bytes.
void answer_with(serving& at, std::size_t bytes) {
  at.root.answer = [bytes](std::string const&) {
    model::response made;
    made.value = base::slice::copy_of(std::string(bytes, 'v'));
    return made;
  };
}

}  // namespace

TEST_CASE("replies leave in the order of the commands, whatever is answered first") {
  serving at;
  served_client client(at);
  client.far.say("get slow1\r\nget b\r\nget slow2\r\nversion\r\n");
  REQUIRE(at.loop.until([&] { return at.root.holds("slow2"); }));
  at.root.let_go("slow2");
  at.loop.settle();
  CHECK(client.far.heard().empty());
  at.root.let_go("slow1");
  std::string const all = hit("slow1") + hit("b") + hit("slow2") + "VERSION 1.6.38\r\n";
  CHECK(at.loop.until([&] { return client.far.hears(all); }));
  CHECK_FALSE(client.over());
}

TEST_CASE("each client has a number, which its requests bear") {
  serving at;
  served_client first(at), second(at);
  first.far.say("get a\r\n");
  REQUIRE(at.loop.until([&] { return first.far.hears(hit("a")); }));
  auto const number = at.root.last.client;
  second.far.say("get b\r\n");
  REQUIRE(at.loop.until([&] { return second.far.hears(hit("b")); }));
  CHECK(at.root.last.client != number);
}

TEST_CASE("a client whose requests wait is held up, and goes on with each answer") {
  struct row {
    std::size_t in_flight;  // limits.in_flight_per_client
    std::size_t at_first, after_an_answer;
  };
  for (row const& each : {row{256, 16, 18}, row{17, 16, 18}, row{10, 10, 11}, row{8, 8, 9}}) {
    INFO(each.in_flight);
    limits_options limits;
    limits.in_flight_per_client = each.in_flight;
    serving at(limits);
    served_client client(at);
    client.far.say(gets("slow", 40));
    REQUIRE(at.loop.until([&] { return at.root.seen.size() >= each.at_first; }));
    at.loop.settle();
    CHECK(at.root.seen.size() == each.at_first);
    CHECK(at.metric(metrics::client_paused_total) == 1);
    at.root.let_go("slow0");
    REQUIRE(at.loop.until([&] { return at.root.seen.size() >= each.after_an_answer; }));
    REQUIRE(at.loop.until([&] { return client.far.hears(hit("slow0")); }));
    at.loop.settle();
    CHECK(at.root.seen.size() == each.after_an_answer);
    for (int next = 1; next < 40; ++next) {
      REQUIRE(at.loop.until([&] { return at.root.holds(fmt::format("slow{}", next)); }));
      at.root.let_go(fmt::format("slow{}", next));
    }
    CHECK(at.loop.until([&] { return client.far.hears(hits("slow", 40)); }));
  }
}

TEST_CASE("a client that does not take its replies is held up until it does") {
  constexpr std::size_t commands = 300;
  limits_options limits;
  limits.output = 64 * 1024;
  serving at(limits);
  answer_with(at, 10'000);
  served_client client(at);
  client.far.say(gets("k", commands));
  REQUIRE(at.loop.until([&] { return at.metric(metrics::client_paused_total) > 0; }));
  at.loop.settle();
  CHECK(at.root.seen.size() < commands / 2);
  client.far.say("version\r\n");
  REQUIRE(at.loop.until([&] { return client.far.heard().ends_with("VERSION 1.6.38\r\n"); }));
  CHECK(at.root.seen.size() == commands);
  CHECK(client.far.heard().size() > commands * 10'000);
}

TEST_CASE("a client that takes nothing is hung up on") {
  limits_options limits;
  limits.receive_timeout = 30ms;
  serving at(limits);
  answer_with(at, 10'000);
  served_client client(at);
  client.far.say(gets("k", 300));
  REQUIRE(at.loop.until([&] { return client.over(); }));
  CHECK(at.ended("not_reading") == 1);
}

TEST_CASE("sessions take turns: one command does not wait for the thousand of another") {
  serving at;
  served_client many(at), one(at);
  many.far.say(gets("k", 1000));
  one.far.say("get b\r\n");
  REQUIRE(at.loop.until([&] { return one.far.hears(hit("b")); }));
  auto const its_turn = std::ranges::find(at.root.seen, "get b") - at.root.seen.begin();
  CHECK(its_turn <= static_cast<std::ptrdiff_t>(2 * turn::commands_max));
  CHECK(at.metric(metrics::client_turns_cut_total) > 0);
  CHECK(at.loop.until([&] { return many.far.hears(hits("k", 1000)); }));
}

TEST_CASE("a client's time does not run while what it has sent waits for its turn") {
  struct past final : base::timer {
    void on_deadline() override {}
  };
  for (std::string const begun : {"", "ge"}) {
    INFO(begun);
    limits_options limits;
    limits.idle_timeout = 1s;
    limits.receive_timeout = 1s;
    serving at(limits);
    served_client client(at);
    std::string much, heard;
    for (std::size_t count = 0; count < turn::commands_max - 1; ++count) {
      much += "mn\r\n";
      heard += "MN\r\n";
    }
    client.far.say(much + begun);
    REQUIRE(at.loop.until([&] { return client.far.hears(heard); }));
    at.loop.settle();
    client.far.say(std::string("get b\r\n").substr(begun.size()));
    // The loop was away for long, and finds all that became due with what has come.
    at.loop.jump(2s);
    past due;
    at.loop.reactor().arm(due, at.loop.now() - 1h);
    CHECK(at.loop.until([&] { return client.over() || client.far.hears(heard + hit("b")); }));
    CHECK_FALSE(client.over());
  }
}

TEST_CASE("a connection ends for a reason, which is counted, and the client is told what it did wrong") {
  struct row {
    std::string why, said, heard;
    bool closes = false;  // the client, behind what it has said
  };
  std::string const no_op("\x80\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
  std::string const done("\x81\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
  std::string const asks_to_quit("\x80\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
  std::string const quits("\x81\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
  for (row const& each : {
           row{"idle", "", ""},
           row{"idle", "get k\r\n", hit("k")},
           row{"idle", no_op, done},
           row{"stalled", "get", ""},
           row{"stalled", "get a\r\nset k 0 0 10\r\nvv", hit("a")},
           row{"stalled", no_op.substr(0, 23), ""},
           row{"quit", "get k\r\nquit\r\nget a\r\n", hit("k")},
           row{"quit", asks_to_quit, quits},
           row{"line_too_long", std::string(3000, 'x'), "CLIENT_ERROR line too long\r\n"},
           row{"http", "POST / HTTP/1.1\r\nget k\r\n", ""},
           row{"malformed", no_op + std::string(24, 'x'), done},
           row{"closed", "", "", true},
           row{"closed", "get k\r\n", hit("k"), true},
           row{"closed", "set k 0 0 10\r\nvv", "", true},
           row{"closed", "get k", "", true},
       }) {
    INFO(each.why << ": " << each.said.substr(0, 100));
    limits_options limits;
    limits.idle_timeout = each.closes ? 0ms : 30ms;
    limits.receive_timeout = 30ms;
    serving at(limits);
    served_client client(at);
    client.far.say(each.said);
    if (each.closes) client.far.end_output();
    REQUIRE(at.loop.until([&] { return client.far.closed(); }));
    client.far.end_output();  // it has heard the last
    REQUIRE(at.loop.until([&] { return client.over(); }));
    CHECK(client.far.heard() == each.heard);
    CHECK(at.ended(each.why) == 1);
    CHECK(at.metric(metrics::client_connections_ended_total) == 1);
    CHECK(at.metric(metrics::client_stalled_total) == (each.why == "stalled" ? 1 : 0));
  }
}

TEST_CASE("a client that has closed its writing side gets what it is owed") {
  serving at;
  served_client client(at);
  client.far.say("get slow\r\nget k\r\n");
  client.far.end_output();
  REQUIRE(at.loop.until([&] { return at.root.holds("slow"); }));
  at.loop.settle();
  CHECK_FALSE(client.over());
  at.root.let_go("slow");
  CHECK(at.loop.until([&] { return client.far.hears(hit("slow") + hit("k")); }));
  CHECK(at.loop.until([&] { return client.over(); }));
  CHECK(at.ended("closed") == 1);
}

TEST_CASE("a session whose connection broke is over when its last request is answered") {
  serving at;
  served_client client(at);
  client.far.say("get a\r\nget slow\r\n");
  REQUIRE(at.loop.until(
      [&] { return at.root.holds("slow") && at.metric(metrics::client_written_bytes_total) > 0; }));
  client.far.close();  // with a reply unread, which the other side hears of as a reset
  at.loop.settle();
  CHECK_FALSE(client.over());
  at.root.let_go("slow");
  CHECK(at.loop.until([&] { return client.over(); }));
  CHECK(at.ended("broken") == 1);
}

TEST_CASE("drain ends a session when all that was received is answered") {
  struct row {
    std::string said, heard;
  };
  for (row const& each : {row{"", ""}, row{"get slow\r\n", hit("slow")},
                          row{"get k\r\nget slow\r\nset v 0 0 9\r\nv", hit("k") + hit("slow")}}) {
    INFO(each.said);
    bool const waits = each.said.find("slow") != std::string::npos;
    serving at;
    served_client client(at);
    client.far.say(each.said);
    if (waits) REQUIRE(at.loop.until([&] { return at.root.holds("slow"); }));
    client.drain();
    CHECK(client.over() == !waits);
    if (waits) {
      client.far.say("get later\r\n");
      at.loop.settle();
      at.root.let_go("slow");
    }
    REQUIRE(at.loop.until([&] { return client.over(); }));
    CHECK(client.far.heard() == each.heard);
    CHECK(at.ended("drain") == 1);
    CHECK(std::ranges::find(at.root.seen, "get later") == at.root.seen.end());
  }
}

TEST_CASE("drain lets a session take what waits for its next turn") {
  serving at;
  served_client client(at);
  client.far.say(gets("k", 300));
  REQUIRE(at.loop.until([&] { return at.metric(metrics::client_turns_cut_total) > 0; }));
  CHECK(at.root.seen.size() < 300);
  client.drain();
  CHECK_FALSE(client.over());
  REQUIRE(at.loop.until([&] { return client.over(); }));
  CHECK(client.far.hears(hits("k", 300)));
  CHECK(at.ended("drain") == 1);
}

TEST_CASE("a value that there is no room for is refused when others have had it for too long") {
  struct other final : memory_share::claim::owner {
    void on_room() override {}
    void on_no_room() override {}
  } nobody;
  limits_options limits;
  limits.receive_timeout = 30ms;
  serving at(limits, base::frame_pool::bytes_held() + 100'000);
  memory_share::claim first(at.shared.memory, nobody);
  REQUIRE(first.ask(90'000));
  served_client client(at);
  client.far.say("set k 0 0 500000\r\n" + std::string(30'000, 'v'));
  REQUIRE(at.loop.until([&] { return client.far.closed(); }));
  CHECK(client.far.heard() == "SERVER_ERROR out of memory reading request (limits.memory)\r\n");
  client.far.close();
  REQUIRE(at.loop.until([&] { return client.over(); }));
  CHECK(at.ended("memory") == 1);
  CHECK(at.metric(metrics::client_memory_waits_total) == 1);
  CHECK(at.root.seen.empty());
}

TEST_CASE(
    "a client that does not read goes for what it is owed since, however little was left when it took no "
    "more") {
  limits_options limits;
  limits.value = 16 * 1024;
  serving at(limits, base::frame_pool::bytes_held() + 1024 * 1024);
  std::size_t size = 4000;
  at.root.answer = [&](std::string const&) {
    model::response made;
    made.value = base::slice::copy_of(std::string(size, 'v'));
    return made;
  };
  served_client client(at);
  auto const ask = [&](int number) {
    std::string const key = fmt::format("slow{}", number);
    client.far.say("get " + key + "\r\n");
    REQUIRE(at.loop.until([&] { return at.root.holds(key); }));
    at.root.let_go(key);
    at.loop.settle();
  };
  int asked = 0;
  double before = -1;
  while (before != at.metric(metrics::client_written_bytes_total)) {
    before = at.metric(metrics::client_written_bytes_total);
    ask(asked++);
    REQUIRE(asked < 1000);
  }
  size = 600'000;
  ask(asked);
  base::chunk_ref const taken = base::chunk_ref::allocate_exact(4 * 1024 * 1024);
  at.shared.memory.watch();
  CHECK(at.loop.until([&] { return at.ended("memory") == 1; }));
}

TEST_CASE("a client is told servers' addresses only where it may know them") {
  for (auto const told : {net::server_details::full, net::server_details::names}) {
    serving at;
    at.root.answer = [](std::string const&) {
      return model::response::server_error(base::error_kind::timeout,
                                           "backend pool server 10.0.0.1:11211: no answer in time");
    };
    served_client client(at, told);
    client.far.say("get k\r\n");
    std::string const where = told == net::server_details::full ? " 10.0.0.1:11211" : "";
    std::string const all = "SERVER_ERROR backend pool server" + where + ": no answer in time\r\n";
    REQUIRE(at.loop.until([&] { return client.far.heard().size() >= all.size(); }));
    CHECK(client.far.heard() == all);
  }
}

/// A second tree, for the service to change to.
struct second_tree {
  second_tree() : root(made->routes.add(std::make_unique<fake_root>())) {}

  model::tree_pointer made{new model::entered_tree(model::route_tree())};
  fake_root& root;
};

TEST_CASE("no request overtakes an older one of its client in another tree, and both are answered") {
  serving at;
  second_tree next;
  served_client client(at);
  client.far.say("get slow1\r\n");
  REQUIRE(at.loop.until([&] { return at.root.holds("slow1"); }));
  at.shared.tree = next.made;
  client.change_trees();
  client.far.say("get b\r\nget c\r\n");
  at.loop.settle();
  CHECK(next.root.seen.empty());
  CHECK(at.first_tree->use_count() == 2);
  at.root.let_go("slow1");
  CHECK(at.loop.until([&] { return client.far.hears(hit("slow1") + hit("b") + hit("c")); }));
  CHECK(at.root.seen == std::vector<std::string>{"get slow1"});
  CHECK(next.root.seen == std::vector<std::string>{"get b", "get c"});
  CHECK(at.first_tree->use_count() == 1);
}

TEST_CASE("a client that waits for nothing leaves a tree at once when there is another") {
  serving at;
  second_tree next;
  served_client client(at);
  client.far.say("get a\r\n");
  REQUIRE(at.loop.until([&] { return client.far.hears(hit("a")); }));
  at.shared.tree = next.made;
  CHECK(at.first_tree->use_count() == 2);
  client.change_trees();
  CHECK(at.first_tree->use_count() == 1);
}

TEST_CASE("a client that goes leaves its tree") {
  serving at;
  second_tree next;
  {
    served_client client(at);
    client.far.say("get slow1\r\n");
    REQUIRE(at.loop.until([&] { return at.root.holds("slow1"); }));
    at.shared.tree = next.made;
    client.far.close();
    at.loop.settle();
  }
  CHECK(at.first_tree->use_count() == 1);
}

}  // namespace tandem::frontend
