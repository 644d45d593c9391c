// Malformed, oversized, interrupted and crowded input: what a real memcached answers, and which connections
// it closes.
#include "support/catch.hpp"
#include "support/dialogue.hpp"
#include "support/memcached_server.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

using namespace tandem::test;

namespace {

std::vector<dialogue> const dialogues{
    {"unknown commands",
     {"nonsense\r\n", "GET {k}\r\n", "\r\n", " \r\n", "\n", "get{k}\r\n", "gett {k}\r\n"}},
    {"commands without their words",
     {"get\r\n", "gets\r\n", "gat\r\n", "gat 0\r\n", "gats 0\r\n", "set\r\n", "set {k}\r\n",
      "set {k} 0 0\r\n", "add {k} 0\r\n", "cas {k} 0 0 1\r\n", "incr\r\n", "incr {k}\r\n", "decr {k}\r\n",
      "delete\r\n", "touch\r\n", "touch {k}\r\n"}},
    {"too many words",
     {"delete {k} 0 0\r\n", "delete {k} 0 noreply x\r\n", "incr {k} 1 2 3\r\n", "touch {k} 0 0 0\r\n",
      "set {k} 0 0 1 noreply x\r\n"}},
    {"after a malformed set line, the data line is a command",
     {"set {k} abc 0 5\r\nhello\r\n", "set {k} 0 abc 5\r\nhello\r\n", "set {k} 0 0 abc\r\nhello\r\n",
      "set {k} 0 0 -1\r\nhello\r\n", "set {k} -1 0 5\r\nhello\r\n", "set {k} 4294967296 0 5\r\nhello\r\n",
      "cas {k} 0 0 5 abc\r\nhello\r\n", "get {k}\r\n"}},
    {"a data block that is longer than it said", {"set {k} 0 0 3\r\nhello\r\n", "get {k}\r\n"}},
    {"a data block that does not end", {"set {k} 0 0 5\r\nhelloXX\r\n", "get {k}\r\n"}},
    {"numbers that are none",
     {"set {k} 0 0 1\r\n5\r\n", "incr {k} 1x\r\n", "incr {k} 0x10\r\n", "touch {k} soon\r\n",
      "gat soon {k}\r\n", "decr {k} 99999999999999999999999\r\n", "get {k}\r\n"}},
    {"keys of 250 bytes and more",
     {"set {k}{long} 0 0 1\r\nv\r\n", "get {k}{long}\r\n", "get {k}{longer}\r\n",
      "get {k} {k}{longer} {k}\r\n", "gets {k}{longer}\r\n", "gat 0 {k}{longer}\r\n",
      "set {k}{longer} 0 0 1\r\nv\r\n", "delete {k}{longer}\r\n", "incr {k}{longer} 1\r\n",
      "touch {k}{longer} 0\r\n"}},
    {"noreply on malformed lines",
     {"set {k} abc 0 5 noreply\r\n", "incr {k} x noreply\r\n", "delete {k} 5 noreply\r\n",
      "set {k} 0 0 1 noreply\r\n5\r\n", "incr {k} x noreply\r\n"}},
    {"noreply silences answers and not the next command",
     {"set {k} 0 0 1 noreply\r\nv\r\nget {k}\r\n",
      "add {k} 0 0 1 noreply\r\nw\r\nincr {k} 1 noreply\r\nget {k}\r\n"}},
    {"a value too large removes the item that was there",
     {"set {k} 0 0 1\r\nv\r\n", "set {k} 0 0 1500000\r\n{huge}\r\n", "get {k}\r\n"}},
    {"a value too large for add, replace and append leaves the item",
     {"set {k} 0 0 1\r\nv\r\n", "add {k} 0 0 1500000\r\n{huge}\r\n", "get {k}\r\n",
      "replace {k} 0 0 1500000\r\n{huge}\r\n", "get {k}\r\n", "append {k} 0 0 1500000\r\n{huge}\r\n",
      "get {k}\r\n", "set {k}2 0 0 1\r\nw\r\n", "get {k} {k}2\r\n"}},
    {"an HTTP request", {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"}},
    {"an HTTP post", {"POST /x HTTP/1.1\r\nHost: localhost\r\n\r\n"}},
    {"quit", {"set {k} 0 0 1\r\nv\r\n", "quit\r\n"}},
    {"quit after a pipeline", {"set {k} 0 0 1\r\nv\r\nget {k}\r\nquit\r\nget {k}\r\n"}},
    {"shutdown is refused", {"shutdown\r\n", "get {k}\r\n"}},
    {"verbosity", {"verbosity 0\r\n", "verbosity\r\n", "verbosity 0 noreply\r\n"}},
    {"flush_all with odd words",
     {"flush_all 0\r\n", "flush_all noreply\r\n", "flush_all 0 noreply\r\n", "flush_all soon\r\n",
      "flush_all -1\r\n"}},
};

// The words of the dialogues that are too long to be written there.
dialogue spelled_out(dialogue const& short_form, std::vector<std::string>& storage, std::string const& key) {
  std::string const to_the_limit(250 - key.size(), 'x');
  storage.clear();
  for (std::string_view const step : short_form.steps) {
    std::string made = replaced(step, "{longer}", to_the_limit + "x");
    made = replaced(made, "{long}", to_the_limit);
    storage.push_back(replaced(made, "{huge}", std::string(1500000, 'h')));
  }
  return {short_form.name, {storage.begin(), storage.end()}};
}

std::string held_with(text_client client, dialogue const& short_form, std::string const& key) {
  std::vector<std::string> storage;
  dialogue const full = spelled_out(short_form, storage, key);
  std::string const said = transcript(client, full, {key, "0"});
  return replaced(said, std::string(1500000, 'h'), "{huge}");
}

std::string const pool_and_memory = R"(
backends:
  pool:
    memcached: {{servers: ["{}"]}}
  memory:
    memory: {{size: 16MiB}}
routes:
  - {{prefix: "pool:", to: pool}}
  - {{to: memory}}
)";

}  // namespace

TEST_CASE("malformed input is answered as memcached answers it, and closes what memcached closes") {
  memcached_server const oracle;
  memcached_server const server;
  tandem_daemon const tandem(fmt::format(fmt::runtime(pool_and_memory), server.address()));
  for (std::string const backend : {"memory", "pool"}) {
    for (std::size_t i = 0; i < dialogues.size(); ++i) {
      std::string const key = fmt::format("{}:{}", backend, i);
      INFO(backend << ": " << dialogues[i].name);
      CHECK(held_with(tandem.connect(), dialogues[i], key) == held_with(oracle.connect(), dialogues[i], key));
    }
  }
}

TEST_CASE("input is understood however it is cut into packets") {
  tandem_daemon const tandem("");
  std::string const input =
      "set k 1 0 5\r\nhello\r\nget k nothing\r\nbad\r\nset k 0 0 x\r\nincr k 1\r\nget k\r\n";
  std::string const expected = tandem.converse(input);
  for (std::size_t cut = 1; cut < input.size(); cut += 3) {
    INFO("cut at " << cut);
    text_client client = tandem.connect();
    client.send(input.substr(0, cut));
    tandem.converse("get other\r\n");  // a round trip later, the first part has been read
    CHECK(client.converse(input.substr(cut)) == expected);
  }
}

TEST_CASE("a client that shuts its writing side still gets every reply") {
  memcached_server const server;
  tandem_daemon const tandem(fmt::format(fmt::runtime(pool_and_memory), server.address()));
  text_client client = tandem.connect();
  std::string sent;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    std::string const key = fmt::format("{}:{}", i % 2 == 0 ? "pool" : "memory", i);
    sent += fmt::format("set {0} 0 0 3\r\nabc\r\nget {0}\r\n", key);
    expected += fmt::format("STORED\r\nVALUE {} 0 3\r\nabc\r\nEND\r\n", key);
  }
  client.send(sent);
  client.half_close();
  CHECK(client.read_to_close() == expected);
}

TEST_CASE("a client that disconnects in the middle of a value stores nothing") {
  memcached_server const server;
  tandem_daemon const tandem(fmt::format(fmt::runtime(pool_and_memory), server.address()));
  for (std::string const key : {"pool:k", "memory:k"}) {
    {
      text_client client = tandem.connect();
      client.send("set " + key + " 0 0 10\r\nhello");
    }
    CHECK(tandem.converse("get " + key + "\r\n") == "END\r\n");
  }
}

TEST_CASE("a deep pipeline is answered whole and in order") {
  memcached_server const server;
  tandem_daemon const tandem(fmt::format(fmt::runtime(pool_and_memory), server.address()));
  text_client client = tandem.connect();
  constexpr int depth = 20000;
  std::string sent;
  std::string expected;
  for (int i = 0; i < depth; ++i) {
    std::string const key = fmt::format("{}:{}", i % 2 == 0 ? "pool" : "memory", i % 100);
    if (i < 100) {
      sent += fmt::format("set {} 0 0 {}\r\n{}\r\n", key, key.size(), key);
      expected += "STORED\r\n";
      continue;
    }
    sent += fmt::format("get {}\r\n", key);
    expected += fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", key, key.size(), key);
  }
  client.send(sent);
  CHECK(client.read_exactly(expected.size()) == expected);
}

TEST_CASE("a get of a hundred keys of 250 bytes is one command") {
  memcached_server const server;
  tandem_daemon const tandem(fmt::format(fmt::runtime(pool_and_memory), server.address()));
  std::string asked = "get";
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    std::string const key = fmt::format("pool:{:x>245}", i);
    CHECK(tandem.converse("set " + key + " 0 0 1\r\nv\r\n") == "STORED\r\n");
    asked += " " + key;
    expected += "VALUE " + key + " 0 1\r\nv\r\n";
  }
  CHECK(tandem.converse(asked + "\r\n") == expected + "END\r\n");
}

TEST_CASE("a key that no route takes is an error, and the connection goes on") {
  tandem_daemon const tandem(R"(
backends:
  memory:
    memory: {size: 16MiB}
routes:
  - {prefix: "known:", to: memory}
)");
  text_client client = tandem.connect();
  CHECK(client.ask("set other 0 0 1\r\nv\r\n").starts_with("SERVER_ERROR "));
  CHECK(client.ask("set known:k 0 0 1\r\nv\r\n") == "STORED");
  CHECK(client.converse("get known:k other\r\n") == "VALUE known:k 0 1\r\nv\r\nEND\r\n");
}
