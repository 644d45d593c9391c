// Sessions at limits.in_flight and limits.in_flight_per_client.
#include "frontend/session.hpp"
#include "support/catch.hpp"
#include "unit/frontend/served_client.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>

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

void let_all_go(serving& at, int count) {
  for (int next = 0; next < count; ++next) {
    REQUIRE(at.loop.until([&] { return at.root.holds(fmt::format("slow{}", next)); }));
    at.root.let_go(fmt::format("slow{}", next));
  }
}

std::string const refusal = "SERVER_ERROR overloaded: 20 requests in flight (limits.in_flight)\r\n";

/// As many as there may be are in flight, of another worker.
struct overload {
  explicit overload(serving& at) : others(at.in_flight) {
    for (; others.has_room(); ++count) others.take();
  }

  policy::shared_limit::part others;
  std::int64_t count = 0;
};

limits_options twenty_in_flight() {
  limits_options limits;
  limits.in_flight = 20;
  return limits;
}

}  // namespace

TEST_CASE("a client is read no further at limits.in_flight_per_client, and nothing of it is refused") {
  limits_options limits;
  limits.in_flight_per_client = 20;
  serving at(limits);
  served_client client(at);
  client.far.say(gets("k", 100) + gets("slow", 100));
  REQUIRE(at.loop.until([&] { return at.metric(metrics::client_paused_total) > 0; }));
  at.loop.settle();
  CHECK(at.root.seen.size() == 120);
  CHECK(at.shared.replies.owed.used() == 20);
  let_all_go(at, 100);
  CHECK(at.loop.until([&] { return client.far.hears(hits("k", 100) + hits("slow", 100)); }));
  CHECK(at.shared.replies.owed.used() == 0);
}

TEST_CASE("beyond limits.in_flight a request is answered at once, and routes never see it") {
  serving at(twenty_in_flight());
  overload full(at);
  served_client client(at);
  client.far.say("get a\r\n");
  CHECK(at.loop.until([&] { return client.far.hears(refusal); }));
  client.far.say("set a 0 0 1\r\nv\r\nincr a 1\r\n");
  CHECK(at.loop.until([&] { return client.far.hears(refusal + refusal + refusal); }));
  CHECK(at.root.seen.empty());
  CHECK(at.metric(metrics::overload_refusals_total, {{"limit", "in_flight"}}) == 3);
  CHECK(at.metric(metrics::client_errors_total, {{"kind", "server_error"}}) == 3);
  full.others.give_back(full.count);
  client.far.say("get a\r\n");
  CHECK(at.loop.until([&] { return client.far.hears(refusal + refusal + refusal + hit("a")); }));
}

TEST_CASE("refusals follow the dialect: nothing for noreply, a miss among many keys, the status of binary") {
  serving at(twenty_in_flight());
  overload full(at);
  served_client text(at), meta(at), binary(at);
  text.far.say("set a 0 0 1 noreply\r\nv\r\nget a b\r\nversion\r\n");
  CHECK(at.loop.until([&] { return text.far.hears("END\r\nVERSION 1.6.38\r\n"); }));
  meta.far.say("mg a v q\r\nmg b v Oopaque\r\nmn\r\n");
  CHECK(at.loop.until([&] { return meta.far.hears(refusal + refusal + "MN\r\n"); }));
  binary.far.say(std::string("\x80\0\0\1\0\0\0\0\0\0\0\1\0\0\0\7\0\0\0\0\0\0\0\0a", 25));
  REQUIRE(at.loop.until([&] { return binary.far.heard().size() > 24; }));
  CHECK(binary.far.heard().substr(6, 2) == std::string("\0\x86", 2));
  CHECK(at.root.seen.empty());
  full.others.give_back(full.count);
}

TEST_CASE(
    "a client that has replies to come waits for them rather than be refused, while others are let in") {
  limits_options limits;
  limits.in_flight = 100;
  limits.in_flight_per_client = 100;
  serving at(limits);
  served_client deep(at), other(at);
  deep.far.say(gets("k", 20) + gets("slow", 100));
  REQUIRE(at.loop.until([&] { return at.metric(metrics::client_paused_total) > 0; }));
  at.loop.settle();
  std::size_t const held = at.shared.replies.owed.used();
  CHECK(held < 50);
  other.far.say("get b\r\n");
  CHECK(at.loop.until([&] { return other.far.hears(hit("b")); }));
  let_all_go(at, 100);
  CHECK(at.loop.until([&] { return deep.far.hears(hits("k", 20) + hits("slow", 100)); }));
  CHECK(at.metric(metrics::overload_refusals_total) == 0);
}

TEST_CASE("a client that is refused for want of memory before its first command was looked at is told so") {
  limits_options limits;
  limits.value = 16 * 1024;
  limits.receive_timeout = std::chrono::milliseconds(50);
  serving at(limits, 1024 * 1024);
  struct : memory_share::claim::owner {
    void on_room() override {}
    void on_no_room() override {}
  } somebody;
  memory_share::claim let_in(at.shared.memory, somebody);  // or one would go on whatever room there is
  REQUIRE(let_in.ask(1));
  base::chunk_ref const taken = base::chunk_ref::allocate_exact(4 * 1024 * 1024);
  served_client small(at);
  at.shared.replies.expected_size = 100'000;  // of those who come now
  served_client client(at);
  small.far.say("get a\r\n");
  client.far.say("get a\r\n");
  CHECK(at.loop.until([&] { return small.far.hears(hit("a")); }));
  CHECK(at.loop.until(
      [&] { return client.far.hears("SERVER_ERROR out of memory reading request (limits.memory)\r\n"); }));
}

TEST_CASE("what a client has in flight counts no more when it has gone") {
  serving at;
  {
    served_client client(at);
    client.far.say(gets("slow", 10));
    REQUIRE(at.loop.until([&] { return at.root.seen.size() == 10; }));
    CHECK(at.shared.replies.owed.used() == 10);
  }
  CHECK(at.shared.replies.owed.used() == 0);
}

}  // namespace tandem::frontend
