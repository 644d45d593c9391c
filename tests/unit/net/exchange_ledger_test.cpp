// What the ledger says, without a loop, a stream or a protocol.
#include "net/exchange_ledger.hpp"

#include "support/catch.hpp"

#include <deque>
#include <string>
#include <tuple>
#include <vector>

using namespace std::chrono_literals;
using namespace tandem::net;
using tandem::base::time_point;
using admission = exchange_ledger::admission;

namespace {

struct item final : pending_exchange {
  item(exchange_ledger& in, std::string called, request_terms const& terms)
      : pending_exchange(terms), ledger(in), name(std::move(called)) {}
  ~item() { ledger.withdraw(*this); }
  item(item const&) = delete;
  item& operator=(item const&) = delete;

  exchange_ledger& ledger;
  std::string const name;
};

/// Requests of one byte each.
struct book {
  explicit book(std::size_t requests_max = 10'000) : requests(requests_max) {}

  item& make(std::string name, request_terms terms = {.deadline = {}, .client = 1}) {
    return *items.emplace_back(std::make_unique<item>(ledger, std::move(name), terms));
  }
  /// Made and, if it may, sent.
  item& ask(std::string name, request_terms terms = {.deadline = {}, .client = 1}) {
    item& one = make(std::move(name), terms);
    said = ledger.admit(one);
    if (said == admission::write) ledger.sent(one, encoded++, now);
    return one;
  }
  void connect() {
    encoded = 0;
    ledger.connected();
    ledger.open();
  }
  /// Sends what waits, and gives the names in their order.
  std::string send_waiting() {
    std::string names;
    auto const send = [&](pending_exchange& one) {
      names += static_cast<item&>(one).name;
      ledger.sent(one, encoded++, now);
    };
    while (pending_exchange* const one = ledger.next_ahead()) send(*one);
    if (!ledger.refills()) return names;
    while (pending_exchange* const one = ledger.next_waiting(true)) send(*one);
    return names;
  }
  std::string addressee() {
    pending_exchange const* const one = ledger.addressee();
    return one ? static_cast<item const*>(one)->name : "nobody";
  }
  /// Who fails, and an exclamation mark behind those that had been sent.
  std::string lost(std::uint64_t written) {
    std::string names;
    auto failing = ledger.lost(written);
    while (pending_exchange* const one = ledger.next_failed(failing))
      names += static_cast<item*>(one)->name + (one->was_sent() ? "!" : "");
    return names;
  }

  upstream_options limits;
  tandem::metrics::gauge pending;
  tandem::metrics::counter held_back;
  tandem::metrics::counter late_replies;
  tandem::policy::shared_limit requests;  // of this link and, where a test has a part of it, of another
  exchange_ledger ledger{limits, requests, {pending, held_back, late_replies}};
  time_point now = time_point() + 1h;
  std::uint64_t encoded = 0;
  admission said = admission::wait;
  std::vector<std::unique_ptr<item>> items;
};

}  // namespace

TEST_CASE("what is asked before the connection is open waits, and goes by turns, what goes ahead first") {
  book of;
  of.ask("a");
  CHECK(of.said == admission::wait);
  of.ask("b");
  of.ask("x", {.deadline = {}, .client = 2});
  of.ask("!", {.deadline = {}, .client = 1, .priority = priority::ahead});
  of.ask("0", {.deadline = {}, .client = no_client});
  CHECK(of.pending.value() == 5);
  CHECK(of.held_back.value() == 0);
  CHECK(of.send_waiting().empty());
  of.connect();
  CHECK(of.send_waiting() == "!0axb");
  CHECK(of.pending.value() == 5);
}

TEST_CASE("a greeting is written as soon as there is a connection, and not before") {
  book of;
  request_terms const greeting{.deadline = {}, .priority = priority::greeting};
  of.ask("early", greeting);
  CHECK(of.said == admission::not_connected);
  of.ask("a");
  of.ledger.connected();
  CHECK(of.ledger.generation() == 0);
  of.ask("hello", greeting);
  CHECK(of.said == admission::write);
  of.ask("b");
  CHECK(of.said == admission::wait);
  of.ledger.open();
  CHECK(of.ledger.generation() == 1);
  CHECK(of.send_waiting() == "ab");
}

TEST_CASE("replies belong to exchanges in the order in which they were sent, as many as each expects") {
  book of;
  of.connect();
  of.ask("a", {.deadline = {}, .replies = 2, .client = 1});
  of.ask("b");
  CHECK(of.addressee() == "a");
  CHECK_FALSE(of.ledger.replied(of.now));
  CHECK(of.addressee() == "a");
  CHECK(of.ledger.replied(of.now));
  CHECK(of.addressee() == "b");
  CHECK(of.ledger.replied(of.now));
  CHECK(of.ledger.quiet());
  CHECK(of.pending.value() == 0);
}

TEST_CASE("no reply is due to what nobody asked, nor to what has not been written") {
  book of;
  of.connect();
  CHECK_FALSE(of.ledger.reply_due(100));
  of.ask("a");
  CHECK_FALSE(of.ledger.reply_due(0));
  CHECK(of.ledger.reply_due(1));
}

TEST_CASE("one that is withdrawn leaves a tombstone if it was sent, and nothing if it waits") {
  book of;
  item& waiting = of.ask("w");
  item& ahead = of.ask("0", {.deadline = {}, .client = no_client});
  of.ledger.withdraw(waiting);
  of.ledger.withdraw(ahead);
  CHECK(of.ledger.quiet());
  of.connect();
  item& sent = of.ask("a");
  of.ask("b");
  of.ledger.withdraw(sent);
  of.ledger.withdraw(sent);
  CHECK(of.pending.value() == 1);
  CHECK(of.addressee() == "nobody");
  CHECK(of.ledger.replied(of.now));
  CHECK(of.late_replies.value() == 1);
  CHECK(of.addressee() == "b");
}

TEST_CASE("when the connection is lost, those sent fail first, each told whether its first byte had left") {
  book of;
  of.connect();
  of.ask("a");
  of.ledger.withdraw(of.ask("tombstone"));
  of.ask("b");
  of.ask("c");
  CHECK(of.ledger.renew());
  of.ask("w");
  of.ask("0", {.deadline = {}, .client = no_client});
  CHECK(of.lost(3) == "a!b!c0w");
  CHECK(of.ledger.quiet());
  CHECK(of.pending.value() == 0);
  CHECK(of.ledger.generation() == 0);
}

TEST_CASE(
    "what those that fail ask again belongs to the next connection, and whom they withdraw fails no more") {
  book of;
  of.connect();
  of.ask("a");
  item& b = of.ask("b");
  of.ask("c");
  auto failing = of.ledger.lost(2);
  pending_exchange* one = of.ledger.next_failed(failing);
  CHECK(static_cast<item*>(one)->name == "a");
  of.ask("again");
  of.ledger.withdraw(b);
  CHECK(of.lost(0) == "again");  // the next attempt fails at once
  of.ask("once more");
  one = of.ledger.next_failed(failing);
  CHECK(static_cast<item*>(one)->name == "c");
  CHECK_FALSE(one->was_sent());
  CHECK(of.ledger.next_failed(failing) == nullptr);
  CHECK(of.pending.value() == 1);
  of.connect();
  CHECK(of.send_waiting() == "once more");
}

TEST_CASE("a renewed connection takes nothing more, and is settled when all is answered") {
  book of;
  CHECK_FALSE(of.ledger.renew());
  of.connect();
  of.ask("a");
  CHECK(of.ledger.renew());
  CHECK_FALSE(of.ledger.renew());
  CHECK_FALSE(of.ledger.settled());
  of.ask("b");
  CHECK(of.said == admission::wait);
  CHECK(of.ledger.replied(of.now));
  CHECK(of.ledger.settled());
  CHECK(of.ledger.ended_settled());
  of.connect();
  CHECK(of.ledger.generation() == 2);
  CHECK(of.send_waiting() == "b");
  CHECK(of.ledger.replied(of.now));
  CHECK(of.ledger.renew());
  CHECK(of.ledger.settled());
  CHECK_FALSE(of.ledger.ended_settled());
}

TEST_CASE("the server is given up when time is over for one, and nothing has come for too long") {
  book of;
  of.connect();
  item& first = of.ask("a");
  item& second = of.ask("b");
  of.now += of.limits.silence_max();
  CHECK_FALSE(of.ledger.expire(first, 1, of.now));
  CHECK(first.was_sent());
  of.now += 1ms;
  CHECK(of.ledger.expire(second, 1, of.now));
  CHECK_FALSE(second.was_sent());
}

TEST_CASE("a pause between requests is no silence, and neither is one while something else is answered") {
  book of;
  of.connect();
  of.now += 1h;
  item& first = of.ask("a");
  item& second = of.ask("b", {.deadline = {}, .replies = 2, .client = 1});
  of.now += of.limits.silence_max();
  CHECK_FALSE(of.ledger.expire(first, 2, of.now));
  CHECK(of.ledger.replied(of.now));
  of.now += of.limits.silence_max();
  CHECK_FALSE(of.ledger.expire(second, 2, of.now));
}

TEST_CASE(
    "one that waits for the connection says nothing about the server, and one that waits for others does") {
  book of;
  item& alone = of.ask("a");
  of.now += 1h;
  CHECK_FALSE(of.ledger.expire(alone, 0, of.now));
  of.connect();
  of.ask("b");
  CHECK(of.ledger.renew());
  item& behind = of.ask("c");
  of.now += 1h;
  CHECK(of.ledger.expire(behind, 1, of.now));
  CHECK_FALSE(behind.was_sent());
}

TEST_CASE("the server is given up when too many late replies are due") {
  book of;
  of.limits.late_replies_max = 2;
  of.connect();
  std::vector<item*> all;
  for (int count = 0; count < 3; ++count) all.push_back(&of.ask("x"));
  CHECK_FALSE(of.ledger.expire(*all[0], 3, of.now));
  CHECK_FALSE(of.ledger.expire(*all[1], 3, of.now));
  CHECK(of.ledger.expire(*all[2], 3, of.now));
}

TEST_CASE("no more than the limit are kept, whether they wait or were sent") {
  book of(2);
  of.ask("a");
  of.ask("b", {.deadline = {}, .client = no_client});
  of.ask("c");
  CHECK(of.said == admission::too_many);
  of.connect();
  of.send_waiting();
  of.ask("d");
  CHECK(of.said == admission::too_many);
  CHECK(of.ledger.replied(of.now));
  of.ask("e");
  CHECK(of.said == admission::write);
}

TEST_CASE("all links to a server share the limit, which probes pass") {
  book of(4);
  of.connect();
  tandem::policy::shared_limit::part other_link(of.requests);
  for (int count = 0; count < 3; ++count) {
    REQUIRE(other_link.has_room());
    other_link.take();
  }
  of.ask("a");
  CHECK(of.said == admission::write);
  of.ask("b");
  CHECK(of.said == admission::too_many);
  of.ask("p", {.deadline = {}, .client = no_client, .priority = tandem::net::priority::probe});
  CHECK(of.said == admission::write);
  other_link.give_back_all();
  of.ask("c");
  CHECK(of.said == admission::write);
}

TEST_CASE("whatever becomes of requests, there is room for as many as before when they have gone") {
  constexpr std::size_t most = 200;
  for (std::string const how :
       {"answered", "withdrawn", "withdrawn unsent", "timed out", "lost", "lost in the queue"}) {
    INFO(how);
    book of(most);
    bool const unsent = how.ends_with("unsent") || how.ends_with("queue");
    if (!unsent) of.connect();
    for (std::size_t count = 0; count < most; ++count)
      of.ask("x", {.deadline = {}, .client = count % 3 == 0 ? no_client : 1});
    of.ask("y");
    CHECK(of.said == admission::too_many);
    if (how == "timed out") {
      for (auto const& each : of.items) std::ignore = of.ledger.expire(*each, of.encoded, of.now);
    }
    if (how.starts_with("withdrawn")) of.items.clear();
    if (how.starts_with("lost")) of.lost(of.encoded);
    if (!of.ledger.is_open()) of.connect();
    while (of.ledger.reply_due(of.encoded) || !of.send_waiting().empty()) of.ledger.replied(of.now);
    CHECK(of.requests.taken() <= 2);
    CHECK(of.pending.value() == 0);
    for (std::size_t count = 0; count < most; ++count) {
      of.ask("z");
      CHECK(of.said != admission::too_many);
    }
  }
}

TEST_CASE("beyond the window a client waits, until half of it is answered") {
  book of;
  of.connect();
  for (std::size_t count = 0; count <= flight_window::size_at_first; ++count) of.ask("x");
  CHECK(of.said == admission::write);  // the last passes: its client has not had its turn
  of.ask("w");
  CHECK(of.said == admission::wait);
  CHECK(of.held_back.value() == 1);
  of.ask("other", {.deadline = {}, .client = 2});
  CHECK(of.said == admission::write);
  CHECK_FALSE(of.ledger.refills());
  std::size_t answered = 0;
  for (; !of.ledger.refills(); ++answered) REQUIRE(of.ledger.replied(of.now));
  CHECK(answered > 1);
  CHECK(of.ledger.next_waiting(false) == nullptr);
  CHECK(of.send_waiting() == "w");
}
