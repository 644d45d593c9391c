// Servers that do not keep to their protocol: their connections are given up, and nothing of what they said reaches a
// client.
#include "support/catch.hpp"
#include "support/fake_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

using namespace tandem::test;

namespace {

struct surprise {
  std::string_view name;
  std::string_view bytes;
};

std::vector<surprise> const memcached_surprises{
    {"another protocol", "HTTP/1.1 400 Bad Request\r\nServer: SECRET\r\n\r\n"},
    {"a classic reply to a meta request", "VALUE a 0 6\r\nSECRET\r\nEND\r\n"},
    {"a value without its end", "VA 6 f0\r\nSECRETXX"},
    {"a length that is no number", "VA many f0\r\nSECRET\r\n"},
    {"a length beyond every limit", "VA 99999999999999999999 f0\r\nSECRET"},
    {"a line without end",
     std::string_view("SECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRET")},
    {"binary", std::string_view("\x81\x00\x00\x00SECRET\r\n\r\n", 14)},
};

std::vector<surprise> const redis_surprises{
    {"another protocol", "HTTP/1.1 400 Bad Request\r\nServer: SECRET\r\n\r\n"},
    {"a type that is none", "?SECRET\r\n"},
    {"a length that is no number", "$many\r\nSECRET\r\n"},
    {"a negative length", "$-7\r\nSECRET\r\n"},
    {"an array where a string was due", "*2\r\n$6\r\nSECRET\r\n$1\r\nx\r\n"},
};

std::string one_server(std::string const& kind, std::string const& address) {
  std::string const where =
      kind == "memcached" ? "servers: [\"" + address + "\"]" : "server: \"" + address + "\"";
  return fmt::format(
      "workers: 1\nbackends:\n  it:\n    {}: {{{}}}\n    timeout: 500ms\nroutes:\n  - {{to: it}}\n", kind,
      where);
}

/// Answers the first request on a new connection with `bytes`, and gives the connection.
text_client answer_with(fake_server const& server, std::string_view bytes,
                        std::string_view kind = "memcached") {
  std::optional<text_client> asked = kind == "memcached" ? server.accept_as_memcached() : server.accept();
  REQUIRE(asked);
  asked->read_until("\r\n");
  asked->send(bytes);
  return std::move(*asked);
}

void expect_no_secret(std::string const& kind, surprise const& what) {
  INFO(kind << ": " << what.name);
  fake_server const server;
  tandem_daemon const tandem(one_server(kind, server.address()));
  text_client client = tandem.connect();
  client.send("get a\r\nget b\r\n");
  text_client const connection = answer_with(server, what.bytes, kind);
  for (int i = 0; i < 2; ++i) {
    std::string const answer = client.read_line();
    INFO(answer);
    CHECK(answer.starts_with("SERVER_ERROR "));
    CHECK(answer.find("SECRET") == std::string::npos);
  }
  CHECK(client.ask("version\r\n").starts_with("VERSION"));
}

}  // namespace

TEST_CASE("what a memcached should not have said reaches no client, and its requests fail") {
  for (surprise const& each : memcached_surprises) expect_no_secret("memcached", each);
}

TEST_CASE("what a Redis should not have said reaches no client, and its requests fail") {
  for (surprise const& each : redis_surprises) expect_no_secret("redis", each);
}

TEST_CASE("bytes that nobody asked for close the connection before the next request") {
  fake_server const server;
  tandem_daemon const tandem(one_server("memcached", server.address()));
  text_client client = tandem.connect();
  client.send("get a\r\n");
  text_client first = answer_with(server, "EN\r\nVA 6 f0\r\nSECRET\r\n");
  std::string const answer = client.read_line();
  CHECK((answer == "END" || answer.starts_with("SERVER_ERROR ")));
  CHECK_NOTHROW(first.read_to_close());

  client.send("get b\r\n");
  text_client const second = answer_with(server, "EN\r\n");
  CHECK(client.read_line() == "END");
}

TEST_CASE("a server that closes in the middle of an answer fails that request only") {
  fake_server const server;
  tandem_daemon const tandem(one_server("memcached", server.address()));
  text_client client = tandem.connect();
  client.send("set a 0 0 1\r\nv\r\n");
  { text_client const closing = answer_with(server, "H"); }
  CHECK(client.read_line().starts_with("SERVER_ERROR "));
  std::optional<text_client> again;
  CHECK(wait_until([&] {
    client.send("delete b\r\n");
    do {
      if (!again) again = server.accept_as_memcached("VERSION 1.6.18", std::chrono::milliseconds(100));
      if (!again || again->silent(std::chrono::milliseconds(100))) continue;
      // It is asked how it is, too, since it has failed. A connection that was given up meanwhile may have waited to be accepted.
      text_client::portion const asked = again->read_up_to("\r\n");
      if (asked.how == text_client::ending::found) again->send(asked.bytes == "mn\r\n" ? "MN\r\n" : "HD\r\n");
      if (asked.how != text_client::ending::found) again.reset();
    } while (client.silent(std::chrono::milliseconds(20)));
    return client.read_line() == "DELETED";
  }));
}

TEST_CASE("a server that never answers costs a request its time-out, and one that refuses costs nothing") {
  fake_server const server;
  tandem_daemon const tandem(one_server("memcached", server.address()));
  auto const start = std::chrono::steady_clock::now();
  std::string const answer = tandem.connect().ask("get a\r\n");
  auto const taken = std::chrono::steady_clock::now() - start;
  CHECK(answer.starts_with("SERVER_ERROR "));
  CHECK(taken >= std::chrono::milliseconds(400));
  CHECK(taken < std::chrono::seconds(3));

  tandem_daemon const nobody_there(one_server("memcached", "127.0.0.1:1"));
  CHECK(nobody_there.connect().ask("get a\r\n").starts_with("SERVER_ERROR "));
}
