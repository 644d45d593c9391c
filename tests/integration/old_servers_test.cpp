// Servers that are called memcached and are older than what is spoken to them, or something else altogether. They are
// played by a fake server, byte for byte.
#include "support/catch.hpp"
#include "support/fake_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

/// Called `it`, with a rule for each key.
std::string pool_of(std::string const& address, int workers = 1) {
  return fmt::format(R"(
workers: {}
backends:
  it:
    memcached: {{servers: ["{}"]}}
    connect_timeout: 300ms
    timeout: 300ms
routes:
  - {{to: it}}
)",
                     workers, address);
}

struct refused_server {
  std::string_view name;
  std::string_view says;  // to `version`
  std::string_view reason;
  std::string kind;
};

refused_server const refused_servers[] = {
    {"the last without meta sets", "VERSION 1.6.9\r\n",
     "memcached 1.6.9 is too old, 1.6.10 or newer is needed", "version"},
    {"of Debian 10", "VERSION 1.5.6\r\n", "memcached 1.5.6 is too old, 1.6.10 or newer is needed", "version"},
    {"a build of ours", "VERSION 1.4.5_4_gaa7839e\r\n",
     "memcached 1.4.5_4_gaa7839e is too old, 1.6.10 or newer is needed", "version"},
    {"a proxy", "VERSION 0.5.0\r\n", "memcached 0.5.0 is too old, 1.6.10 or newer is needed", "version"},
    {"no number", "VERSION unknown\r\n", "this is no memcached: \"version\" was answered \"VERSION unknown\"",
     "bad_protocol"},
    {"something that has no version", "ERROR\r\n", "this is no memcached: \"version\" was answered \"ERROR\"",
     "bad_protocol"},
    {"Redis", "-ERR unknown command 'version', with args beginning with: \r\n",
     "this is no memcached: \"version\" was answered \"-ERR unknown command 'version', with args beginning "
     "with:\"",
     "bad_protocol"},
    {"a web server", "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>",
     "this is no memcached: \"version\" was answered \"HTTP/1.1 400 Bad Request\"", "bad_protocol"},
    {"bytes of another kind", "\x15\x03\x01\r\n", "this is no memcached: \"version\" was answered \"???\"",
     "bad_protocol"},
    {"one that is full", "ERROR Too many open connections\r\n", "ERROR Too many open connections", "refused"},
    {"one that says nothing", "", "no answer to \"version\" within 300 ms", "timeout"},
};

/// Answers `version` on every connection, and keeps all that was sent on any.
class answering_server {
 public:
  explicit answering_server(std::string answer)
      : answer_(std::move(answer)), speaks_([this] {
          while (!ends_) serve(server_.accept(20ms));
        }) {}
  ~answering_server() { finish(); }

  std::string address() const { return server_.address(); }
  int connections() const { return connections_; }
  /// Ends, and gives what was sent beside `version`.
  std::string const& finish() {
    ends_ = true;
    if (speaks_.joinable()) speaks_.join();
    return stray_;
  }

 private:
  void serve(std::optional<text_client> one) {
    if (!one) return;
    ++connections_;
    auto const question = one->read_up_to("\r\n");
    if (question.how == text_client::ending::closed) return;
    if (question.bytes != "version\r\n") stray_ += question.bytes;
    one->send(answer_);
    stray_ += one->read_to_close();
  }

  std::string answer_;
  fake_server server_;
  std::string stray_;
  std::atomic<int> connections_{0};
  std::atomic<bool> ends_{false};
  std::thread speaks_;
};

std::size_t count(std::string const& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// What memcached 1.6.10 to 1.6.17 answer to one command: a blank stands behind every code, and another before the
/// flags that are returned. It holds items in the way that it must for `delete`, `incr` and reads.
class blank_server {
 public:
  blank_server() : speaks_([this] { run(); }) {}
  ~blank_server() {
    ends_ = true;
    speaks_.join();
  }

  std::string address() const { return server_.address(); }
  int connections() const { return connections_; }

 private:
  void run() {
    std::vector<std::thread> clients;
    while (!ends_) {
      std::optional<text_client> one = server_.accept_as_memcached("VERSION 1.6.12", 20ms);
      if (!one) continue;
      ++connections_;
      clients.emplace_back([this, client = std::move(*one)]() mutable { serve(client); });
    }
    for (std::thread& each : clients) each.join();
  }

  void serve(text_client& client) {
    for (;;) {
      auto const line = client.read_up_to("\r\n");
      if (line.how != text_client::ending::found) return;
      client.send(answer(line.bytes.substr(0, line.bytes.size() - 2), client));
    }
  }

  std::string answer(std::string const& line, text_client& client) {
    std::string const command = line.substr(0, 2);
    std::string const key = line.substr(3, line.find(' ', 3) - 3);
    bool const tells_cas = line.find(" c") != std::string::npos;
    if (command == "ms") {
      std::size_t const length = std::stoul(line.substr(4 + key.size()));
      items_[key] = client.read_exactly(length + 2).substr(0, length);
      return tells_cas ? "HD  c7\r\n" : "HD \r\n";
    }
    auto const found = items_.find(key);
    if (command == "mg" && found == items_.end() && line.find(" N") != std::string::npos)
      return line.find(" v") != std::string::npos ? "VA 0  f0 c6 W \r\n\r\n" : "HD  f0 c6 W \r\n";
    if (command == "mg" && found == items_.end()) return "EN \r\n";
    if (command == "mg") {
      std::string const flags = tells_cas ? "f0 c7 " : "f0 ";
      if (line.find(" v") == std::string::npos) return "HD  " + flags + "\r\n";
      return fmt::format("VA {}  {}\r\n{}\r\n", found->second.size(), flags, found->second);
    }
    if (command != "md" || found == items_.end()) return "NF \r\n";
    items_.erase(found);
    return "HD \r\n";
  }

  fake_server server_;
  std::map<std::string, std::string> items_;
  std::atomic<int> connections_{0};
  std::atomic<bool> ends_{false};
  std::thread speaks_;
};

}  // namespace

TEST_CASE("a server that is too old or no memcached is down, and is sent nothing but version") {
  for (refused_server const& each : refused_servers) {
    INFO(each.name);
    answering_server server{std::string(each.says)};
    {
      tandem_daemon tandem(pool_of(server.address()));
      text_client client = tandem.connect();
      std::string const error =
          fmt::format("SERVER_ERROR backend it server {}: {}", server.address(), each.reason);
      // Whatever a request waits for, it is not sent; one that outlives its time knows no better reason.
      CHECK(wait_until([&] { return client.ask("set a 0 0 9\r\nflush_all\r\n") == error; }));
      CHECK(client.ask("get a\r\n") == error);
      CHECK(client.ask("delete a\r\n") == error);
      CHECK(wait_until([&] {
        return tandem.metric("tandem_server_trouble", {{"server", server.address()}, {"kind", each.kind}}) ==
               1;
      }));
      CHECK(wait_until([&] { return server.connections() >= 2; }));
      tandem.signal(SIGTERM);
      CHECK(tandem.wait() == 0);
      INFO(tandem.log());
      CHECK(count(tandem.log(), fmt::format(" backend it server {} ", server.address())) == 1);
      CHECK(count(tandem.log(), each.reason) == 1);
    }
    CHECK(server.finish() == "");
  }
}

TEST_CASE("a server is asked for its version again on each connection") {
  fake_server const server;
  tandem_daemon tandem(pool_of(server.address()));
  text_client client = tandem.connect();
  client.send("get a\r\n");
  {
    auto old = server.accept_as_memcached("VERSION 1.6.12");
    REQUIRE(old);
    CHECK(old->read_line().starts_with("mg a"));
    old->send("EN\r\n");
    CHECK(client.read_line() == "END");
  }
  client.send("get b\r\n");
  {
    auto older = server.accept_as_memcached("VERSION 1.5.6");
    REQUIRE(older);
    CHECK(client.read_line().find("memcached 1.5.6 is too old") != std::string::npos);
    CHECK(older->closed());
  }
  auto newer = server.accept_as_memcached("VERSION 1.6.38-1");
  REQUIRE(newer);
  CHECK(wait_until([&] { return tandem.log().find("is well again") != std::string::npos; }));
  client.send("get c\r\n");
  CHECK(newer->read_line().starts_with("mg c"));
  newer->send("EN\r\n");
  CHECK(client.read_line() == "END");
}

TEST_CASE("four workers that see one server down and back are two lines") {
  fake_server const server;
  tandem_daemon tandem(pool_of(server.address(), 4));
  std::vector<text_client> clients;
  for (int count = 0; count < 8; ++count) clients.push_back(tandem.connect());
  for (text_client& each : clients) each.send("get a\r\n");
  auto const down = [&] { return tandem.metric("tandem_server_trouble"); };
  CHECK(wait_until([&] {
    if (auto one = server.accept_as_memcached("VERSION 1.4.0", 50ms)) CHECK(one->closed());
    return down() == 4;
  }));
  std::vector<text_client> connections;
  CHECK(wait_until([&] {
    if (auto one = server.accept_as_memcached("VERSION 1.6.18", 50ms)) connections.push_back(std::move(*one));
    return down() == 0;
  }));
  std::string const log = tandem.log();
  INFO(log);
  CHECK(count(log, " is down: memcached 1.4.0 is too old") == 1);
  CHECK(count(log, " is well again") == 1);
}

TEST_CASE("a Tandem is spoken to as a memcached is") {
  tandem_daemon const far("");
  tandem_daemon const near(pool_of(fmt::format("127.0.0.1:{}", far.port())));
  text_client client = near.connect();
  CHECK(client.ask("set a 0 0 1\r\nv\r\n") == "STORED");
  CHECK(far.connect().ask("delete a\r\n") == "DELETED");
}

TEST_CASE("blanks before the line end cost an old server no connection") {
  blank_server const server;
  tandem_daemon const tandem(pool_of(server.address()));
  text_client client = tandem.connect();
  CHECK(client.ask("delete a\r\n") == "NOT_FOUND");
  CHECK(client.ask("incr a 1\r\n") == "NOT_FOUND");
  CHECK(client.ask("touch a 1\r\n") == "NOT_FOUND");
  CHECK(client.ask("get a\r\n") == "END");
  CHECK(client.ask("set a 0 0 3\r\nabc\r\n") == "STORED");
  client.send("gets a\r\n");
  CHECK(client.read_until("END\r\n") == "VALUE a 0 3 7\r\nabc\r\nEND\r\n");
  CHECK(client.ask("delete a\r\n") == "DELETED");
  CHECK(server.connections() == 1);
}

TEST_CASE("an old server with blanks before the line end does as L1 of two tiers") {
  blank_server const near;
  redis_server const far;
  tandem_daemon const tandem(fmt::format(R"(
workers: 1
backends:
  near:
    memcached: {{servers: ["{}"]}}
  far:
    redis: {{server: "{}", encoding: plain}}
  both:
    tiered: {{l1: near, l2: far}}
routes:
  - {{to: both}}
)",
                                         near.address(), far.address()));
  text_client client = tandem.connect();
  CHECK(client.ask("set a 0 0 3\r\nabc\r\n") == "STORED");
  for (int times = 0; times < 3; ++times) {
    client.send("get a\r\n");
    CHECK(client.read_until("END\r\n") == "VALUE a 0 3\r\nabc\r\nEND\r\n");
  }
  CHECK(tandem.metric("tandem_tier_hits_total", {{"tier", "l1"}}) >= 1);
  CHECK(client.ask("delete a\r\n") == "DELETED");
  CHECK(client.ask("get a\r\n") == "END");
  CHECK(tandem.metric("tandem_tier_removals_missed_total") == 0);
  INFO(tandem.log());
  CHECK(near.connections() == 1);
}
