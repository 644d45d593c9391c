// Every verb of the classic text protocol, on every kind of backend: byte for byte what a real memcached
// answers.
#include "support/catch.hpp"
#include "support/dialogue.hpp"
#include "support/every_backend.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

using namespace tandem::test;

namespace {

std::vector<dialogue> const dialogues{
    {"a missing key", {"get {k}\r\n", "gets {k}\r\n", "gat 0 {k}\r\n", "delete {k}\r\n", "touch {k} 0\r\n"}},
    {"set and get",
     {"set {k} {f} 0 5\r\nhello\r\n", "get {k}\r\n", "set {k} {f} 0 3\r\nbye\r\n", "get {k}\r\n"}},
    {"an empty value",
     {"set {k} {f} 0 0\r\n\r\n", "get {k}\r\n", "append {k} 0 0 1\r\nx\r\n", "get {k}\r\n"}},
    {"line ends and other commands inside a value",
     {"set {k} {f} 0 17\r\n\r\nget x\r\nEND\r\n\r\n \r\n", "get {k}\r\n"}},
    {"bare line feeds", {"set {k} {f} 0 2\nhi\r\n", "get {k}\n", "delete {k}\n"}},
    {"the largest flags", {"set {k} {f} 0 1\r\nv\r\n", "get {k}\r\n"}},
    {"several keys, some of them missing, one twice",
     {"set {k}1 {f} 0 1\r\n1\r\nset {k}3 {f} 0 1\r\n3\r\n", "get {k}1 {k}2 {k}3 {k}1\r\n",
      "get {k}2 {k}4\r\n"}},
    {"add", {"add {k} {f} 0 1\r\na\r\n", "add {k} {f} 0 1\r\nb\r\n", "get {k}\r\n"}},
    {"replace",
     {"replace {k} {f} 0 1\r\na\r\n", "get {k}\r\n", "set {k} {f} 0 1\r\na\r\n",
      "replace {k} {f} 0 1\r\nb\r\n", "get {k}\r\n"}},
    {"append and prepend keep flags",
     {"append {k} 0 0 1\r\na\r\n", "prepend {k} 0 0 1\r\na\r\n", "set {k} {f} 0 1\r\nm\r\n",
      "append {k} 0 0 3\r\nend\r\n", "prepend {k} 0 0 5\r\nfront\r\n", "get {k}\r\n",
      "append {k} 0 0 0\r\n\r\n", "get {k}\r\n"}},
    {"cas",
     {"cas {k} {f} 0 1 1\r\na\r\n", "set {k} {f} 0 1\r\na\r\n", "gets {k}\r\n", "gets {k}\r\n",
      "cas {k} {f} 0 1 {cas}\r\nb\r\n", "cas {k} {f} 0 1 {cas}\r\nc\r\n", "gets {k}\r\n"}},
    {"cas after every other kind of write",
     {"set {k} {f} 0 1\r\n1\r\n", "gets {k}\r\n", "incr {k} 1\r\n", "cas {k} {f} 0 1 {cas}\r\nx\r\n",
      "gets {k}\r\n", "append {k} 0 0 1\r\n5\r\n", "cas {k} {f} 0 1 {cas}\r\nx\r\n", "gets {k}\r\n",
      "touch {k} 100\r\n", "cas {k} {f} 0 1 {cas}\r\nx\r\n", "gets {k}\r\n", "delete {k}\r\n",
      "cas {k} {f} 0 1 {cas}\r\nx\r\n"}},
    {"a gets of several keys",
     {"set {k}1 {f} 0 1\r\n1\r\n", "gets {k}1 {k}2\r\n", "gets {k}2\r\n", "cas {k}1 {f} 0 1 {cas}\r\nx\r\n"}},
    {"incr and decr",
     {"incr {k} 1\r\n", "decr {k} 1\r\n", "set {k} {f} 0 1\r\n5\r\n", "incr {k} 3\r\n", "incr {k} 92\r\n",
      "get {k}\r\n", "decr {k} 1\r\n", "incr {k} 0\r\n"}},
    {"decr stops at nothing",
     {"set {k} {f} 0 1\r\n5\r\n", "decr {k} 6\r\n", "get {k}\r\n", "incr {k} 1\r\n"}},
    {"decr leaves the length",
     {"set {k} {f} 0 2\r\n10\r\n", "decr {k} 1\r\n", "get {k}\r\n", "incr {k} 5\r\n"}},
    {"incr past 2^53 keeps every digit",
     {"set {k} {f} 0 16\r\n9007199254740993\r\n", "incr {k} 1000000000000001\r\n", "decr {k} 3\r\n",
      "get {k}\r\n"}},
    {"incr wraps at 2^64",
     {"set {k} {f} 0 20\r\n18446744073709551615\r\n", "incr {k} 1\r\n",
      "set {k} {f} 0 20\r\n18446744073709551614\r\n", "incr {k} 18446744073709551615\r\n"}},
    {"incr of what is no number",
     {"set {k} {f} 0 3\r\nabc\r\n", "incr {k} 1\r\n", "decr {k} 1\r\n", "get {k}\r\n",
      "set {k} {f} 0 0\r\n\r\n", "incr {k} 1\r\n", "set {k} {f} 0 21\r\n100000000000000000000\r\n",
      "incr {k} 1\r\n", "set {k} {f} 0 2\r\n-1\r\n", "incr {k} 1\r\n", "set {k} {f} 0 3\r\n1.5\r\n",
      "incr {k} 1\r\n"}},
    {"incr by what is no number",
     {"set {k} {f} 0 1\r\n5\r\n", "incr {k} x\r\n", "incr {k} -1\r\n", "incr {k} 18446744073709551616\r\n",
      "incr {k}\r\n", "get {k}\r\n"}},
    {"delete",
     {"set {k} {f} 0 1\r\nv\r\n", "delete {k}\r\n", "delete {k}\r\n", "get {k}\r\n",
      "set {k} {f} 0 1\r\nv\r\n", "delete {k} 0\r\n", "delete {k} 5\r\n", "delete {k} 0 noreply\r\n"}},
    {"touch and gat",
     {"set {k} {f} 0 1\r\nv\r\n", "touch {k} 100\r\n", "gat 100 {k}\r\n", "gats 0 {k}\r\n", "gats 0 {k}\r\n",
      "gat 100 {k} {k}none {k}\r\n", "get {k}\r\n"}},
    {"a time that is over already",
     {"set {k} {f} 0 1\r\nv\r\n", "set {k} {f} -1 1\r\nw\r\n", "get {k}\r\n", "add {k} {f} 0 1\r\nx\r\n",
      "touch {k} -1\r\n", "get {k}\r\n", "touch {k} 0\r\n"}},
    {"adding, replacing and cas with a time that is over",
     {"add {k} {f} -1 1\r\nv\r\n", "get {k}\r\n", "set {k} {f} 0 1\r\nv\r\n", "replace {k} {f} -1 1\r\nw\r\n",
      "get {k}\r\n", "set {k} {f} 0 1\r\nv\r\n", "gets {k}\r\n", "cas {k} {f} -1 1 {cas}\r\nw\r\n",
      "get {k}\r\n"}},
    {"gat with a time that is over", {"set {k} {f} 0 1\r\nv\r\n", "gat -1 {k}\r\n", "get {k}\r\n"}},
    {"times in the past and the far future",
     {"set {k} {f} 1000000000 1\r\nv\r\n", "get {k}\r\n", "set {k} {f} 2000000000 1\r\nv\r\n", "get {k}\r\n",
      "set {k} {f} 2592000 1\r\nv\r\n", "get {k}\r\n", "set {k} {f} 2592001 1\r\nv\r\n", "get {k}\r\n"}},
    {"noreply",
     {"set {k} {f} 0 1 noreply\r\n1\r\n", "get {k}\r\n", "add {k} {f} 0 1 noreply\r\n2\r\n",
      "append {k} 0 0 1 noreply\r\n0\r\n", "prepend {k} 0 0 1 noreply\r\n1\r\n", "incr {k} 5 noreply\r\n",
      "get {k}\r\n", "decr {k} 1 noreply\r\n", "replace {k} {f} 0 3 noreply\r\nabc\r\n",
      "incr {k} 1 noreply\r\n", "touch {k} 0 noreply\r\n", "get {k}\r\n", "gets {k}\r\n",
      "cas {k} {f} 0 1 {cas} noreply\r\nd\r\n", "get {k}\r\n", "delete {k} noreply\r\n", "get {k}\r\n"}},
    {"a pipeline on one key keeps its order",
     {"set {k} {f} 0 1\r\n1\r\nincr {k} 1\r\nappend {k} 0 0 1\r\n0\r\nget {k}\r\ndelete {k}\r\nget {k}\r\n"
      "add {k} {f} 0 1\r\nz\r\nget {k}\r\n"}},
    {"a value of binary bytes", {"set {k} {f} 0 6\r\n\x01\x80\xff\x9e\x01\x7f\r\n", "get {k}\r\n"}},
    {"spaces between words", {"set  {k}   {f} 0  1\r\nv\r\n", "get   {k}  \r\n"}},
};

// Plain Redis strings have no room for flags.
std::string flags_for(std::string const& backend) {
  return every_backend::is_plain(backend) ? "0" : "4294967295";
}

}  // namespace

TEST_CASE("every backend answers every classic command as memcached does") {
  memcached_server const oracle;
  every_backend all;
  for (std::string const& backend : every_backend::names()) {
    for (std::size_t i = 0; i < dialogues.size(); ++i) {
      names const with{backend + ":" + std::to_string(i), flags_for(backend)};
      INFO(backend << ": " << dialogues[i].name);
      text_client tandem = all.connect();
      text_client memcached = oracle.connect();
      CHECK(transcript(tandem, dialogues[i], with) == transcript(memcached, dialogues[i], with));
    }
  }
}

TEST_CASE("every backend lets an item expire") {
  every_backend const all;
  text_client client = all.connect();
  for (std::string const& backend : every_backend::names()) {
    CHECK(client.ask("set " + backend + ":ttl 0 1 1\r\nv\r\n") == "STORED");
    CHECK(client.ask("set " + backend + ":kept 0 1 1\r\nv\r\n") == "STORED");
    CHECK(client.ask("touch " + backend + ":kept 0\r\n") == "TOUCHED");
  }
  for (std::string const& backend : every_backend::names()) {
    INFO(backend);
    CHECK(wait_until([&] { return client.converse("get " + backend + ":ttl\r\n") == "END\r\n"; },
                     std::chrono::seconds(4)));
    CHECK(client.converse("get " + backend + ":kept\r\n") != "END\r\n");
  }
}

TEST_CASE("one get of keys on every backend answers in the order asked") {
  every_backend const all;
  text_client client = all.connect();
  std::string asked = "get";
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    for (std::string const& backend : every_backend::names()) {
      std::string const key = fmt::format("{}:many{}", backend, i);
      asked += " " + key;
      if (i % 3 == 0) continue;  // these stay missing
      CHECK(client.ask(fmt::format("set {} 0 0 {}\r\n{}\r\n", key, key.size(), key)) == "STORED");
      expected += fmt::format("VALUE {} 0 {}\r\n{}\r\n", key, key.size(), key);
    }
  }
  CHECK(client.converse(asked + "\r\n") == expected + "END\r\n");
}

TEST_CASE("flush_all empties memory and every server of a pool, and is refused for Redis by default") {
  memcached_server const one;
  memcached_server const two;
  redis_server redis;
  auto const config = [&](std::string const& backend) {
    return fmt::format("backends:\n  it:\n    {}\nroutes:\n  - {{to: it}}\n", backend);
  };
  for (std::string const& backend : {fmt::format("memcached: {{servers: [\"{}\", \"{}\"]}}\n    timeout: 10s",
                                                 one.address(), two.address()),
                                     std::string("memory: {size: 16MiB}")}) {
    INFO(backend);
    tandem_daemon const tandem(config(backend));
    text_client client = tandem.connect();
    for (int i = 0; i < 20; ++i) CHECK(client.ask(fmt::format("set k{} 0 0 1\r\nv\r\n", i)) == "STORED");
    CHECK(client.ask("flush_all\r\n") == "OK");
    for (int i = 0; i < 20; ++i) CHECK(client.converse(fmt::format("get k{}\r\n", i)) == "END\r\n");
  }
  tandem_daemon const tandem(
      config(fmt::format("redis: {{server: \"{}\"}}\n    timeout: 10s", redis.address())));
  CHECK(tandem.converse("set k 0 0 1\r\nv\r\n") == "STORED\r\n");
  CHECK(tandem.converse("flush_all\r\n") == "SERVER_ERROR flush_all is disabled for backend it\r\n");
  CHECK(tandem.converse("get k\r\n") == "VALUE k 0 1\r\nv\r\nEND\r\n");
}
