#include "consistency/relay.hpp"

#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/text_client.hpp"
#include "support/wait_until.hpp"

#include <stdexcept>
#include <string>

using namespace tandem::consistency;
using namespace tandem::test;
using namespace std::chrono_literals;

TEST_CASE("a relay passes everything on in order, whatever its delays") {
  memcached_server server;
  relay between(server.port(), 1);
  between.delay(20ms);
  text_client client(between.port());
  std::string const value(200000, 'x');
  std::string sent;
  for (int i = 0; i < 20; ++i)
    sent += "set k" + std::to_string(i) + " 0 0 200000 noreply\r\n" + value + "\r\n";
  sent += "incr n 1\r\nget k19\r\n";
  client.send(sent);
  CHECK(client.read_line() == "NOT_FOUND");
  CHECK(client.read_until("END\r\n").size() == value.size() + 27);
}

TEST_CASE("a relay breaks off, and lets in again at once") {
  memcached_server server;
  relay between(server.port(), 1);
  text_client client(between.port());
  CHECK(client.ask("version\r\n").starts_with("VERSION"));
  between.cut();
  CHECK(client.closed());
  CHECK(text_client(between.port()).ask("version\r\n").starts_with("VERSION"));
}

TEST_CASE("a relay refuses until it listens again") {
  memcached_server server;
  relay between(server.port(), 1);
  text_client client(between.port());
  between.refuse();
  CHECK(client.closed());
  CHECK_THROWS_AS(text_client(between.port()), std::runtime_error);
  between.listen();
  CHECK(text_client(between.port()).ask("version\r\n").starts_with("VERSION"));
}

TEST_CASE("a relay leads elsewhere when it is told to, and hangs up where nothing listens") {
  memcached_server first;
  memcached_server second;
  relay between(first.port(), 1);
  text_client(between.port()).ask("set k 0 0 1\r\n1\r\n");
  between.target(second.port());
  CHECK(text_client(between.port()).ask("get k\r\n") == "END");
  second.kill();
  CHECK(text_client(between.port()).closed());
}

TEST_CASE("what a relay holds passes when it is released, even if the client is gone") {
  memcached_server server;
  relay between(server.port(), 1);
  {
    text_client client(between.port());
    CHECK(client.ask("version\r\n").starts_with("VERSION"));
    between.hold();
    client.send("set k 0 0 1 noreply\r\n1\r\n");
    CHECK(server.connect().ask("get k\r\n") == "END");
  }
  between.release();
  CHECK(wait_until([&] { return server.connect().ask("get k\r\n") != "END"; }));
}

TEST_CASE("what is under way when a relay breaks off is lost") {
  memcached_server server;
  relay between(server.port(), 1);
  server.connect().ask("set n 0 0 1\r\n0\r\n");
  constexpr int sent = 50;
  for (int i = 0; i < sent; ++i) {
    between.delay(0us);
    text_client client(between.port());
    client.ask("version\r\n");  // so that the relay has let it in
    between.delay(10s);
    client.send("incr n 1 noreply\r\n");
    between.cut();
    CHECK(client.closed());
  }
  CHECK(std::stoi(server.connect().ask("incr n 1\r\n")) <= sent);
}
