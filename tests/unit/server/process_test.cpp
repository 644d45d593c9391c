#include "server/process.hpp"

#include "support/catch.hpp"
#include "support/free_port.hpp"
#include "support/text_client.hpp"

#include <string>
#include <thread>

namespace tandem::server {
namespace {

using test::accepts;
using test::text_client;

/// Everything in a memory backend, by two workers at `port` of the loopback address.
config::configuration at(std::uint16_t port) {
  config::configuration made = config::default_configuration();
  made.listen.front().endpoint.port = port;
  made.workers = 2;
  return made;
}

config::configuration with_admin(config::configuration made, std::uint16_t port) {
  made.admin.enabled = true;
  made.admin.endpoint = {"127.0.0.1", port, ""};
  return made;
}

std::unique_ptr<process> make(config::configuration const& settings) {
  auto made = process::make(settings, "0.1");
  INFO((made ? std::string() : made.error().message));
  REQUIRE(made.has_value());
  return std::move(*made);
}

std::unique_ptr<process> started(config::configuration const& settings) {
  auto made = make(settings);
  REQUIRE(made->start().has_value());
  return made;
}

/// The status line of an answer of the admin endpoint.
std::string health(std::uint16_t port) {
  return text_client(port).ask("GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n");
}

/// More than fits between the server and a client that does not read; returns when the answer has begun.
void ask_for_much(text_client& client) {
  constexpr std::size_t size = 500'000;
  CHECK(client.ask("set much 0 0 " + std::to_string(size) + "\r\n" + std::string(size, 'v') + "\r\n") ==
        "STORED");
  std::string command = "get";
  for (int times = 0; times < 60; ++times) command += " much";
  client.send(command + "\r\n");
  client.read_until("VALUE");
}

std::string taken(std::uint16_t port) {
  return "cannot bind 127.0.0.1:" + std::to_string(port) +
         ": Address already in use, by this process itself: it is listened on twice";
}

}  // namespace

TEST_CASE("a process serves until it is stopped, and the next begins at its address without its items") {
  std::uint16_t const port = test::free_port();
  for (int times = 0; times < 3; ++times) {
    auto const served = started(at(port));
    text_client client(port);
    CHECK(client.converse("get key\r\n") == "END\r\n");
    CHECK(client.ask("set key 5 0 5\r\nvalue\r\n") == "STORED");
    CHECK(client.converse("get key\r\n") == "VALUE key 5 5\r\nvalue\r\nEND\r\n");
    CHECK(text_client(port).converse("get key\r\n") == "VALUE key 5 5\r\nvalue\r\nEND\r\n");
    served->stop();
    CHECK(client.closed());
    CHECK_FALSE(accepts(port));
  }
}

TEST_CASE("a worker says on the admin endpoint where a key goes, until the process ends") {
  std::uint16_t const port = test::free_port(), admin = test::free_port();
  auto const served = started(with_admin(at(port), admin));
  text_client client(admin);
  for (std::string const key : {"a", "b"}) {
    client.send("GET /explain?key=" + key + " HTTP/1.1\r\nHost: test\r\n\r\n");
    CHECK(client.read_line() == "HTTP/1.1 200 OK");
    client.read_until("\r\n\r\n");
    CHECK(client.read_until("\n").starts_with(key + ": rule default -> backend "));
  }
  served->stop();
  CHECK(client.closed());
}

TEST_CASE("a process that is not stopped is stopped by its destructor") {
  std::uint16_t const port = test::free_port();
  auto served = started(at(port));
  text_client client(port);
  CHECK(client.ask("set key 0 0 1\r\nv\r\n") == "STORED");
  served.reset();
  CHECK(client.closed());
  CHECK_FALSE(accepts(port));
}

TEST_CASE("a process that was never started lets its address go") {
  std::uint16_t const port = test::free_port();
  { auto const made = make(at(port)); }
  CHECK(make(at(port))->start().has_value());
}

TEST_CASE("a process whose address is taken is an error that names the setting, and disturbs nobody") {
  std::uint16_t const port = test::free_port();
  auto const first = started(at(port));
  auto const second = process::make(at(port), "0.1");
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message == taken(port) + " (listen[0].address)");
  CHECK(text_client(port).ask("set key 0 0 1\r\nv\r\n") == "STORED");
}

TEST_CASE("a process whose admin address is taken starts nothing") {
  std::uint16_t const port = test::free_port();
  std::uint16_t const admin = test::free_port();
  auto const first = started(at(admin));
  auto const made = make(with_admin(at(port), admin));
  auto const refused = made->start();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message.find("127.0.0.1:" + std::to_string(admin)) != std::string::npos);
  made->stop();
}

TEST_CASE("a drain is announced while all is served, and lets everybody have what is due") {
  std::uint16_t const port = test::free_port();
  std::uint16_t const admin = test::free_port();
  auto const served = started(with_admin(at(port), admin));
  text_client client(port);
  CHECK(health(admin) == "HTTP/1.1 200 OK");
  served->announce_drain();
  CHECK(health(admin) == "HTTP/1.1 503 Service Unavailable");
  CHECK(text_client(port).ask("set key 0 0 1\r\nv\r\n") == "STORED");
  ask_for_much(client);
  served->drain();
  CHECK(health(admin) == "HTTP/1.1 503 Service Unavailable");
  CHECK(client.read_to_close().ends_with("\r\nEND\r\n"));
  served->join();
  CHECK_FALSE(accepts(port));
  CHECK_FALSE(accepts(admin));
}

TEST_CASE("any thread may ask for the drain, which takes no longer than it is allowed to") {
  config::configuration settings = at(test::free_port());
  settings.drain = std::chrono::milliseconds(20);
  auto const served = started(settings);
  text_client client(settings.listen.front().endpoint.port);
  ask_for_much(client);
  std::thread asking([&served] {
    served->drain();
    served->drain();
  });
  served->join();
  asking.join();
  served->stop();
  CHECK_FALSE(client.read_to_close().ends_with("\r\nEND\r\n"));
}

}  // namespace tandem::server
