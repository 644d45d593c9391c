// A Redis that refuses what it is asked, for a time or for good.
#include "support/catch.hpp"
#include "support/fake_server.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace tandem::test;

namespace {

std::string on_redis(std::string const& address, std::string const& more = "",
                     std::string const& beside = "") {
  return fmt::format(
      "backends:\n{}  store:\n    redis: {{server: \"{}\"{}}}\n    timeout: 1s\nroutes:\n  - {{to: store}}\n",
      beside, address, more);
}

/// The next command that a server is sent, in words.
std::vector<std::string> heard(text_client& by_server) {
  std::size_t const count = std::stoul(by_server.read_line().substr(1));
  std::vector<std::string> words;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t const size = std::stoul(by_server.read_line().substr(1));
    words.push_back(by_server.read_exactly(size + 2).substr(0, size));
  }
  return words;
}

constexpr int scripts = 7;

/// A connection that Tandem has made and whose greeting was answered.
text_client signed_in(fake_server const& server) {
  auto accepted = server.accept();
  REQUIRE(accepted);
  for (int i = 0; i < scripts; ++i) {
    CHECK(heard(*accepted).front() == "SCRIPT");
    accepted->send("+OK\r\n");
  }
  return std::move(*accepted);
}

/// So that it takes nothing that needs memory.
void fill(redis_server& server) { CHECK(server.command({"CONFIG", "SET", "maxmemory", "1"}).text == "OK"); }
void empty(redis_server& server) { CHECK(server.command({"CONFIG", "SET", "maxmemory", "0"}).text == "OK"); }

}  // namespace

TEST_CASE("a set that Redis has no memory for removes the old item, and no other command does") {
  redis_server server({"--maxmemory-policy", "noeviction"});
  memcached_server const near;
  struct place {
    std::string name;
    std::string configuration;
  };
  std::vector<place> const places{
      {"framed", on_redis(server.address())},
      {"plain", on_redis(server.address(), ", encoding: plain")},
      {"tiers", fmt::format("backends:\n  store: {{redis: {{server: \"{}\"}}}}\n"
                            "  near: {{memcached: {{servers: [\"{}\"]}}}}\n"
                            "  both: {{tiered: {{l1: near, l2: store}}}}\nroutes:\n  - {{to: both}}\n",
                            server.address(), near.address())},
  };
  struct example {
    std::string command;
    bool drops;
  };
  std::vector<example> const examples{
      {"set {} 0 0 1\r\nw\r\n", true},     {"set {} 0 100 1\r\nw\r\n", true},
      {"set {} 0 -1 1\r\nw\r\n", true},    {"ms {} 1\r\nw\r\n", true},
      {"add {} 0 0 1\r\nw\r\n", false},    {"replace {} 0 0 1\r\nw\r\n", false},
      {"append {} 0 0 1\r\nw\r\n", false}, {"prepend {} 0 0 1\r\nw\r\n", false},
      {"cas {} 0 0 1 1\r\nw\r\n", false},  {"incr {} 1\r\n", false},
  };
  for (place const& at : places) {
    tandem_daemon const tandem(at.configuration);
    text_client client = tandem.connect();
    for (std::size_t i = 0; i < examples.size(); ++i) {
      INFO(at.name << ": " << examples[i].command);
      std::string const key = fmt::format("{}{}", at.name, i);
      CHECK(client.ask("set " + key + " 0 0 1\r\n5\r\n") == "STORED");
      fill(server);
      std::string const answer = client.ask(fmt::format(fmt::runtime(examples[i].command), key));
      // A cas or an add that would store nothing may say so.
      bool const refused =
          answer.starts_with("SERVER_ERROR backend store server ") && answer.find("OOM") != std::string::npos;
      if (examples[i].drops) CHECK(refused);
      bool const there = client.converse("get " + key + "\r\n") != "END\r\n";
      CHECK(there != examples[i].drops);
      empty(server);
    }
  }
}

TEST_CASE("a refused set leaves what a later one of the same client has stored") {
  for (std::string const encoding : {"framed", "plain"}) {
    INFO(encoding);
    fake_server const server;
    tandem_daemon const tandem(on_redis(server.address(), ", encoding: " + encoding));
    text_client client = tandem.connect();
    client.send("set k 0 0 1\r\na\r\nset k 0 0 1\r\nb\r\n");
    text_client server_side = signed_in(server);
    CHECK(heard(server_side).front() == "SET");
    CHECK(heard(server_side).front() == "SET");
    server_side.send("-OOM command not allowed\r\n+OK\r\n");
    CHECK(client.read_line().starts_with("SERVER_ERROR "));
    CHECK(client.read_line() == "STORED");
    client.send("get k\r\n");
    CHECK(heard(server_side).front() == "GET");
    client.send("set k 0 0 1\r\nc\r\n");
    server_side.send("$-1\r\n");
    CHECK(heard(server_side).front() == "SET");
    server_side.send("-OOM command not allowed\r\n");
    CHECK(heard(server_side).front() == "EVALSHA");
    server_side.send("+OK\r\n");
    CHECK(client.read_line() == "END");
    CHECK(client.read_line().starts_with("SERVER_ERROR "));
  }
}

TEST_CASE("a foreign frame that is newer than the refused set stays, an older one goes") {
  redis_server server({"--maxmemory-policy", "noeviction"});
  tandem_daemon const tandem(on_redis(server.address()));
  std::string const newer = std::string("\x9e\x01\0\0\0\0\xff\0\0\0\0\0\0\1", 14) + "n";
  std::string const older = std::string("\x9e\x01\0\0\0\0\0\0\0\0\0\0\0\1", 14) + "o";
  for (auto const& [stored, stays] :
       {std::pair(newer, true), std::pair(older, false), std::pair(std::string("bare"), false)}) {
    server.command({"SET", "k", stored});
    fill(server);
    CHECK(tandem.converse("set k 0 0 1\r\nw\r\n").starts_with("SERVER_ERROR "));
    CHECK((server.command({"EXISTS", "k"}).number == 1) == stays);
    empty(server);
  }
}

TEST_CASE("the old item goes even if the server has forgotten the scripts") {
  redis_server server({"--maxmemory-policy", "noeviction"});
  tandem_daemon const tandem(on_redis(server.address()));
  CHECK(tandem.converse("set k 0 0 1\r\nv\r\n") == "STORED\r\n");
  fill(server);
  server.command({"SCRIPT", "FLUSH"});
  CHECK(tandem.converse("set k 0 0 1\r\nw\r\n").starts_with("SERVER_ERROR "));
  CHECK(server.command({"EXISTS", "k"}).number == 0);
}

TEST_CASE("a Redis that cannot save refuses every write, deletions included, and keeps the old item") {
  temporary_directory const data;
  redis_server server({"--dir", data.path().string(), "--dbfilename", "dump.rdb"});
  // A directory cannot be replaced by the file that is saved.
  std::filesystem::create_directory(data.path() / "dump.rdb");
  server.command({"CONFIG", "SET", "save", "1 1000000"});
  tandem_daemon const tandem(on_redis(server.address()));
  CHECK(tandem.converse("set k 0 0 1\r\nv\r\n") == "STORED\r\n");
  server.command({"BGSAVE"});
  CHECK(wait_until([&] { return server.command({"SET", "other", "x"}).text.starts_with("MISCONF"); }));
  for (std::string const command : {"set k 0 0 1\r\nw\r\n", "delete k\r\n", "touch k 100\r\n"}) {
    INFO(command);
    std::string const answer = tandem.converse(command);
    CHECK(answer.starts_with("SERVER_ERROR backend store server "));
    CHECK(answer.find("MISCONF") != std::string::npos);
  }
  CHECK(tandem.converse("get k\r\n") == "VALUE k 0 1\r\nv\r\nEND\r\n");
}

TEST_CASE("a password that is rotated is read from its file again, and nobody notices") {
  redis_server server({"--requirepass", "first"});
  temporary_directory const secrets;
  std::string const file = secrets.write("password", "first\n").string();
  tandem_daemon const tandem(on_redis(server.address(),
                                      ", password_file: \"" + file + "\", username: default",
                                      "  near: {memory: {size: 1MiB}}\n") +
                             "invalidation:\n  - {redis: store, channel: changed}\n");
  std::vector<text_client> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(tandem.connect());
  for (text_client& each : clients) CHECK(each.ask("set k 0 0 1\r\nv\r\n") == "STORED");
  server.command({"AUTH", "first"});
  for (std::string const password : {"second", "third"}) {
    server.command({"ACL", "SETUSER", "default", "resetpass", ">" + password});
    secrets.write("password", password + "\n");
    server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
    CHECK(wait_until([&] { return clients.front().ask("set k 0 0 1\r\nw\r\n") == "STORED"; }));
    for (text_client& each : clients) CHECK(each.converse("get k\r\n") == "VALUE k 0 1\r\nw\r\nEND\r\n");
    CHECK(wait_until([&] { return tandem.metric("tandem_invalidation_trusted") == 1; }));
  }
  CHECK(tandem.log().find("second") == std::string::npos);
  CHECK(tandem.log().find("third") == std::string::npos);
  CHECK(tandem.log().find(file + " holds another secret") != std::string::npos);
}

TEST_CASE("a password file that is gone leaves the last password, and is missed once") {
  redis_server server({"--requirepass", "first"});
  temporary_directory const secrets;
  std::filesystem::path const file = secrets.write("password", "first\n");
  tandem_daemon const tandem(on_redis(server.address(), ", password_file: \"" + file.string() + "\""));
  text_client client = tandem.connect();
  CHECK(client.ask("set k 0 0 1\r\nv\r\n") == "STORED");
  std::filesystem::remove(file);
  server.command({"AUTH", "first"});
  server.command({"ACL", "SETUSER", "default", "resetpass", ">second"});
  server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  CHECK(wait_until([&] { return client.ask("get k\r\n").starts_with("SERVER_ERROR "); }));
  CHECK(wait_until([&] { return tandem.log().find(file.string() + " is no file") != std::string::npos; }));
  // The old password is still what is tried.
  server.command({"ACL", "SETUSER", "default", "resetpass", ">first"});
  CHECK(wait_until([&] { return client.ask("set k 0 0 1\r\nw\r\n") == "STORED"; }));
  std::string const log = tandem.log();
  std::size_t const complaint = log.find(file.string() + " is no file");
  CHECK(log.find(file.string() + " is no file", complaint + 1) == std::string::npos);
  // What is written there later counts again.
  secrets.write("password", "third");
  server.command({"ACL", "SETUSER", "default", "resetpass", ">third"});
  server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  CHECK(wait_until([&] { return client.ask("set k 0 0 1\r\nx\r\n") == "STORED"; }));
}
