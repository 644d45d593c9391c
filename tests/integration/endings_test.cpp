// Why client connections end: each reason is provoked, and is counted as what it is.
#include "support/catch.hpp"
#include "support/fake_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace tandem::test;

namespace {

struct way_to_end {
  std::string reason;
  std::string how;
  std::string configuration;
  std::function<void(tandem_daemon const&)> provoke;
};

double ended(tandem_daemon const& tandem, std::string const& reason) {
  return tandem.metric("tandem_client_connections_ended_total", {{"reason", reason}});
}

std::string const noop = "\x80\x0a" + std::string(22, '\0');

/// Says something, and expects an answer and the end of the connection.
std::function<void(tandem_daemon const&)> say(std::string const& words, std::string const& answer) {
  return [=](tandem_daemon const& tandem) {
    text_client client = tandem.connect();
    client.send(words);
    CHECK(client.read_to_close() == answer);
  };
}

void leave(tandem_daemon const& tandem) { CHECK(tandem.connect().converse("get k\r\n") == "END\r\n"); }

void reset(tandem_daemon const& tandem) {
  text_client client = tandem.connect();
  CHECK(client.converse("get k\r\n") == "END\r\n");
  client.reset();
}

enum class and_then : std::uint8_t { waits, half_closes, begins_a_command };

/// Asks for eight megabytes and takes none of them.
text_client take_nothing(tandem_daemon const& tandem, and_then next = and_then::waits,
                         int receive_buffer = 4096) {
  CHECK(tandem.converse("set big 0 0 1000000\r\n" + std::string(1000000, 'b') + "\r\nquit\r\n") ==
        "STORED\r\n<closed>");
  text_client stuck = tandem.connect();
  stuck.receive_buffer(receive_buffer);
  std::string asked;
  for (int i = 0; i < 8; ++i) asked += "get big\r\n";
  stuck.send(asked + (next == and_then::begins_a_command ? "set k 0 0 10\r\nab" : ""));
  if (next == and_then::half_closes) stuck.half_close();
  return stuck;
}

std::function<void(tandem_daemon const&)> do_not_read(and_then next) {
  return [=](tandem_daemon const& tandem) {
    text_client const stuck = take_nothing(tandem, next);
    CHECK(wait_until([&] { return ended(tandem, "not_reading") == 1; }));
  };
}

/// A packet that sets k to so many bytes, up to them.
std::string binary_set(std::uint8_t size_high, std::uint8_t size_low) {
  std::string packet(24 + 8, '\0');
  packet[0] = '\x80';
  packet[1] = 1;
  packet[3] = 1;
  packet[4] = 8;
  packet[8] = static_cast<char>(size_high);
  packet[11] = static_cast<char>(size_low + 8 + 1);
  return packet + 'k';
}

/// Says something that is answered at once, and nothing more.
std::function<void(tandem_daemon const&)> leave_unfinished(std::string const& words,
                                                           std::string const& answer) {
  return [=](tandem_daemon const& tandem) {
    text_client client = tandem.connect();
    client.send(words);
    CHECK(client.read_to_close().starts_with(answer));
  };
}

/// Is hung up on while it sends, and goes on.
void never_stop(tandem_daemon const& tandem) {
  text_client client = tandem.connect();
  client.send(std::string(3000, 'x'));
  CHECK(wait_until([&] {
    client.send_some("x", std::chrono::milliseconds(1));
    return ended(tandem, "line_too_long") == 1;
  }));
}

void be_one_too_many(tandem_daemon const& tandem) {
  text_client const first = tandem.connect();
  CHECK(wait_until([&] { return tandem.metric("tandem_client_connections") == 1; }));
  CHECK(tandem.connect().read_to_close() == "ERROR Too many open connections\r\n");
}

std::string const too_long = "CLIENT_ERROR line too long\r\n";

std::string const with_room = "limits: {receive_timeout: 300ms, output: 64MiB}\n";
std::string const tight = "limits: {receive_timeout: 300ms}\n";

std::vector<way_to_end> const ways{
    {"closed", "by the client", "", leave},
    {"quit", "in text", "", say("get k\r\nquit\r\n", "END\r\n")},
    {"quit", "in binary", "", say("\x80\x17" + std::string(22, '\0'), "")},
    {"broken", "by a reset", "", reset},
    {"idle", "before the first command", "limits: {idle_timeout: 200ms}\n", say("", "")},
    {"idle", "after a command", "limits: {idle_timeout: 200ms}\n", say("get k\r\n", "END\r\n")},
    {"idle", "after one without a reply", "limits: {idle_timeout: 200ms}\n",
     say("set k 0 0 1 noreply\r\nx\r\n", "")},
    {"stalled", "in a line", "limits: {receive_timeout: 200ms, idle_timeout: 1h}\n", say("get k", "")},
    {"stalled", "in a value", "limits: {receive_timeout: 200ms}\n", say("set k 0 0 9\r\nx", "")},
    {"stalled", "in a meta value", "limits: {receive_timeout: 200ms}\n", say("ms k 9\r\nx", "")},
    {"stalled", "in a value that is too large", "limits: {receive_timeout: 200ms}\n",
     leave_unfinished("set k 0 0 9999999\r\nx", "SERVER_ERROR object too large for cache\r\n")},
    {"stalled", "in a binary header", "limits: {receive_timeout: 200ms}\n", say("\x80", "")},
    {"stalled", "in a binary body", "limits: {receive_timeout: 200ms}\n", say(binary_set(0, 9) + "x", "")},
    {"stalled", "in a binary body that is too large", "limits: {receive_timeout: 200ms}\n",
     leave_unfinished(binary_set(0x7f, 0) + "x", "\x81\x01")},
    {"not_reading", "with few replies", with_room, do_not_read(and_then::waits)},
    {"not_reading", "with few replies, half-closed", with_room, do_not_read(and_then::half_closes)},
    {"not_reading", "with more than it may owe", tight, do_not_read(and_then::waits)},
    {"not_reading", "with more than it may owe, half-closed", tight, do_not_read(and_then::half_closes)},
    {"not_reading", "with more than it may owe, in a command", tight,
     do_not_read(and_then::begins_a_command)},
    {"line_too_long", "a command", "", say(std::string(3000, 'x'), too_long)},
    {"line_too_long", "behind others", "", say("get k\r\n" + std::string(3000, 'x'), "END\r\n" + too_long)},
    {"line_too_long", "a meta command", "", say("mg " + std::string(3000, 'x'), too_long)},
    {"line_too_long", "a get", "limits: {line: 4KiB}\n", say("get " + std::string(5000, 'x'), too_long)},
    {"line_too_long", "far more than is read", "", say(std::string(5'000'000, 'x'), too_long)},
    {"line_too_long", "by one that never stops", "", never_stop},
    {"http", "a request", "", say("POST / HTTP/1.1\r\n\r\n", "")},
    {"malformed", "text after binary", "",
     say("\x80\x0a" + std::string(22, '\0') + std::string(24, 'x'), "\x81\x0a" + std::string(22, '\0'))},
    {"limit", "of connections", "limits: {connections: 1}\n", be_one_too_many},
};

std::vector<std::string> const reasons{"closed",  "quit",        "broken",        "unresponsive", "idle",
                                       "stalled", "not_reading", "line_too_long", "http",         "malformed",
                                       "memory",  "limit",       "drain"};

}  // namespace

TEST_CASE("each connection that ends is counted by its reason") {
  for (way_to_end const& each : ways) {
    INFO(each.reason << ' ' << each.how);
    tandem_daemon const tandem("workers: 1\n" + each.configuration);
    // The fixture has tried whether the daemon accepts, and that is accepted before this is.
    REQUIRE(wait_until([&] { return tandem.converse("").empty(); }));
    REQUIRE(wait_until([&] { return tandem.metric("tandem_client_connections") == 0; }));
    double const before = ended(tandem, each.reason);
    each.provoke(tandem);
    CHECK(wait_until([&] { return ended(tandem, each.reason) == before + 1; }));
    CHECK(wait_until([&] { return tandem.metric("tandem_client_connections") == 0; }));
    double others = 0;
    for (std::string const& reason : reasons) {
      if (reason != each.reason && reason != "closed") others += ended(tandem, reason);
    }
    CHECK(others == (each.reason == "not_reading" ? 1 : 0));  // of a client that was needed
  }
}

TEST_CASE("clients that are sent away when the daemon stops are counted, too") {
  fake_server const server;
  tandem_daemon tandem(
      fmt::format("backends:\n  pool:\n    memcached: {{servers: [\"{}\"]}}\n    timeout: 9s\n"
                  "routes:\n  - {{to: pool}}\n",
                  server.address()));
  text_client idle = tandem.connect();
  CHECK(idle.ask("version\r\n").starts_with("VERSION"));
  text_client busy = tandem.connect();
  busy.send("get k\r\n");
  std::optional<text_client> asked = server.accept_as_memcached();
  REQUIRE(asked);
  CHECK(asked->read_line().starts_with("mg k"));
  tandem.signal(SIGTERM);
  CHECK(idle.closed());
  CHECK(wait_until([&] { return ended(tandem, "drain") == 1; }));
  asked->send("EN\r\n");
  CHECK(busy.read_to_close() == "END\r\n");
  CHECK(tandem.wait() == 0);
}

TEST_CASE("a client that waits for a server without a word, half-closed or not, is answered and can go") {
  fake_server const server;
  tandem_daemon const tandem(
      fmt::format("backends:\n  pool:\n    memcached: {{servers: [\"{}\"]}}\n    timeout: 300ms\nroutes:\n  "
                  "- {{to: pool}}\n",
                  server.address()));
  text_client whole = tandem.connect();
  text_client half = tandem.connect();
  half.send("get k\r\nget l\r\n");
  half.half_close();
  CHECK(whole.ask("get k\r\n").starts_with("SERVER_ERROR"));
  CHECK(half.read_to_close().starts_with("SERVER_ERROR"));
}

TEST_CASE("a client that takes nothing does not keep the daemon from its end") {
  tandem_daemon tandem("drain: 60s\nlimits: {receive_timeout: 300ms}\n");
  text_client const stuck = take_nothing(tandem);
  CHECK(wait_until([&] { return tandem.metric("tandem_client_paused_total") > 0; }));
  tandem.signal(SIGTERM);
  CHECK(tandem.wait() == 0);
}

TEST_CASE("a client that takes its replies slowly is let, one that takes a byte now and then is not") {
  tandem_daemon const tandem("limits: {receive_timeout: 1s}\n");
  constexpr int receive_buffer = 128 * 1024;
  text_client slow = take_nothing(tandem, and_then::waits, receive_buffer);
  text_client dribbling = take_nothing(tandem, and_then::waits, receive_buffer);
  std::size_t taken = 0;
  for (int i = 0; i < 60 && ended(tandem, "not_reading") == 0; ++i) {
    taken += slow.read_exactly(100'000).size();
    CHECK(dribbling.read_exactly(1).size() == 1);
    CHECK_FALSE(wait_until([&] { return ended(tandem, "not_reading") == 2; }, std::chrono::milliseconds(50)));
  }
  std::size_t const all = 8 * std::string_view("VALUE big 0 1000000\r\n\r\nEND\r\n").size() + 8'000'000;
  CHECK(slow.read_exactly(all - taken).ends_with("END\r\n"));
  CHECK(ended(tandem, "not_reading") == 1);
}

TEST_CASE("a client for which something is under way, or that says something now and then, is not idle") {
  fake_server const server;
  tandem_daemon const tandem(fmt::format(
      "limits: {{idle_timeout: 400ms}}\nbackends:\n  pool:\n    memcached: {{servers: [\"{}\"]}}\n    "
      "timeout: 9s\nroutes:\n  - {{to: pool}}\n",
      server.address()));
  text_client waiting = tandem.connect();
  waiting.send("get k\r\n");
  std::optional<text_client> asked = server.accept_as_memcached();
  REQUIRE(asked);
  CHECK(asked->read_line().starts_with("mg k"));
  text_client talking = tandem.connect();
  for (int i = 0; i < 5; ++i) {
    CHECK(talking.ask("version\r\n").starts_with("VERSION"));
    CHECK(talking.silent(std::chrono::milliseconds(200)));
  }
  asked->send("EN\r\n");
  CHECK(waiting.read_to_close() == "END\r\n");
  CHECK(talking.closed());
  CHECK(wait_until([&] { return ended(tandem, "idle") == 2; }));
}

TEST_CASE("a client that is hung up on while it sends can send it all, and reads why then") {
  tandem_daemon const tandem("");
  text_client client = tandem.connect();
  std::string const line(20'000'000, 'x');
  CHECK(client.send_some(line, std::chrono::seconds(5)) == line.size());
  CHECK(client.read_to_close() == too_long);
}
