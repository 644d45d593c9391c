// A Redis that refuses what it is asked, for a time or for good.
#include "support/catch.hpp"
#include "support/fake_server.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
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

TEST_CASE("a refused set leaves what another client has stored while the server had forgotten the script") {
  fake_server const server;
  tandem_daemon const tandem("workers: 1\n" + on_redis(server.address(), ", encoding: plain"));
  text_client first = tandem.connect();
  text_client second = tandem.connect();
  first.send("set k 0 0 1\r\na\r\n");
  auto accepted = server.accept();
  REQUIRE(accepted);
  text_client& server_side = *accepted;
  auto command = heard(server_side);
  for (; command.front() == "SCRIPT"; command = heard(server_side)) server_side.send("+OK\r\n");
  CHECK(command.front() == "SET");
  server_side.send("-OOM command not allowed\r\n");
  CHECK(heard(server_side).front() == "EVALSHA");
  second.send("set k 0 0 1\r\nb\r\n");
  CHECK(heard(server_side).front() == "SET");
  server_side.send("-NOSCRIPT No matching script\r\n+OK\r\n");
  CHECK(second.read_line() == "STORED");
  CHECK(first.read_line().starts_with("SERVER_ERROR "));
  second.send("get k\r\n");
  CHECK(heard(server_side).front() == "GET");
  server_side.send("$1\r\nb\r\n");
  CHECK(second.read_until("END\r\n") == "VALUE k 0 1\r\nb\r\nEND\r\n");
}

TEST_CASE("one hot key: what clients ask of it goes to the server at once, scripts included") {
  fake_server const server;
  memcached_server const near;
  std::string const tiers = fmt::format(
      "  near: {{memcached: {{servers: [{}]}}}}\n  tiers: {{tiered: {{l1: near, l2: store, write: "
      "through}}}}\n",
      near.address());
  std::string const settings = "workers: 1\n" + on_redis(server.address(), "", tiers);
  struct {
    std::string to, command, heard, reply, answer;
  } const rows[]{{"store", "touch hot 100\r\n", "EVALSHA", "+OK\r\n", "TOUCHED"},
                 {"store", "append hot 0 0 1\r\nx\r\n", "EVALSHA", "+OK\r\n", "STORED"},
                 {"store", "cas hot 0 0 1 5\r\nx\r\n", "EVALSHA", "+EXISTS\r\n", "EXISTS"},
                 {"store", "incr hot 1\r\n", "EVALSHA", "$1\r\n5\r\n", "5"},
                 {"tiers", "set hot 0 0 1\r\nx\r\n", "SET", "+OK\r\n", "STORED"},
                 {"tiers", "touch hot 100\r\n", "EVALSHA", "+OK\r\n", "TOUCHED"}};
  for (auto const& row : rows) {
    INFO(row.to << " " << row.command);
    std::string file = settings;
    file.replace(file.rfind("to: store"), 9, "to: " + row.to);
    tandem_daemon const tandem(file);
    std::vector<text_client> clients;
    for (int i = 0; i < 3; ++i) {
      clients.push_back(tandem.connect());
      clients.back().send(row.command);
    }
    text_client server_side = signed_in(server);
    for (int i = 0; i < 3; ++i) CHECK(heard(server_side).front() == row.heard);
    for (int i = 0; i < 3; ++i) server_side.send(row.reply);
    for (text_client& each : clients) CHECK(each.read_line() == row.answer);
  }
}

TEST_CASE("of one client's scripts that the server has forgotten none overtakes another") {
  fake_server const server;
  tandem_daemon const tandem(on_redis(server.address()));
  text_client client = tandem.connect();
  client.send("append k 0 0 1\r\na\r\nappend k 0 0 1\r\nb\r\n");
  text_client server_side = signed_in(server);
  CHECK(heard(server_side).front() == "EVALSHA");
  CHECK(heard(server_side).front() == "EVALSHA");
  SECTION("they go again one by one") {
    server_side.send("-NOSCRIPT No matching script\r\n-NOSCRIPT No matching script\r\n");
    for (std::string const value : {"a", "b"}) {
      auto const again = heard(server_side);
      CHECK(again.front() == "EVAL");
      CHECK(again.at(4) == value);
      server_side.send("+OK\r\n");
      CHECK(client.read_line() == "STORED");
    }
  }
  SECTION("nor if somebody has loaded them again in between") {
    server_side.send("-NOSCRIPT No matching script\r\n+OK\r\n");
    CHECK(client.read_line().starts_with("SERVER_ERROR "));
    CHECK(client.read_line() == "STORED");
  }
}

TEST_CASE("of two scripts of a client the server may have forgotten the first alone: the second waits") {
  fake_server const server;
  tandem_daemon const tandem(on_redis(server.address()));
  text_client client = tandem.connect();
  client.send("incr k 1\r\ntouch k 100\r\nget k\r\n");
  text_client server_side = signed_in(server);
  CHECK(heard(server_side).front() == "EVALSHA");
  server_side.send("-NOSCRIPT No matching script\r\n");
  CHECK(heard(server_side).front() == "EVAL");
  server_side.send("$1\r\n6\r\n");
  CHECK(client.read_line() == "6");
  CHECK(heard(server_side).front() == "EVAL");
  server_side.send("+OK\r\n");
  CHECK(client.read_line() == "TOUCHED");
}

TEST_CASE("writes of several clients that are refused while a server fails over are all tried again") {
  fake_server const server;
  tandem_daemon const tandem("workers: 1\n" + on_redis(server.address()));
  std::vector<text_client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(tandem.connect());
    clients.back().send("set k 0 0 1\r\na\r\nset k 0 0 1\r\nb\r\n");
  }
  text_client server_side = signed_in(server);
  for (int i = 0; i < 6; ++i) {
    CHECK(heard(server_side).front() == "SET");
    server_side.send("-TRYAGAIN for a moment\r\n");
  }
  for (int i = 0; i < 6; ++i) {
    CHECK(heard(server_side).front() == "SET");
    server_side.send("+OK\r\n");
  }
  for (text_client& each : clients) {
    CHECK(each.read_line() == "STORED");
    CHECK(each.read_line() == "STORED");
  }
}

TEST_CASE("a frame that is newer than the refused set stays; one that is older, or tells no order, goes") {
  redis_server server({"--maxmemory-policy", "noeviction"});
  tandem_daemon const tandem(on_redis(server.address()));
  std::string const newer = std::string("\x9e\x01\0\0\0\0\xff\0\0\0\0\0\0\1", 14) + "n";
  std::string const older = std::string("\x9e\x01\0\0\0\0\0\0\0\0\0\0\0\1", 14) + "o";
  // Whoever has stored it has chosen its number.
  std::string chosen = newer;
  chosen[1] = '\x02';
  for (auto const& [stored, stays] : {std::pair(newer, true), std::pair(older, false),
                                      std::pair(chosen, false), std::pair(std::string("bare"), false)}) {
    for (std::string const command :
         {"set k 0 0 1\r\n", "ms k 1 E1\r\n", "ms k 1 E18446744073709551615\r\n"}) {
      INFO(command);
      server.command({"SET", "k", stored});
      fill(server);
      CHECK(tandem.converse(command + "w\r\n").starts_with("SERVER_ERROR "));
      CHECK((server.command({"EXISTS", "k"}).number == 1) == stays);
      empty(server);
    }
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
  CHECK(tandem.metric("tandem_server_trouble", {{"kind", "misconfigured"}}) >= 1);
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

namespace {

/// A master and its replica, and a name that leads to one of them: a link in a directory.
class named_master {
 public:
  named_master() {
    point_to(old_socket());
    follow(replica, master);
  }

  std::string name() const { return "unix:" + (directory_.path() / "master").string(); }

  /// They change their roles; the name leads to the old master until it is moved.
  void change_roles() {
    CHECK(replica.command({"REPLICAOF", "NO", "ONE"}).text == "OK");
    follow(master, replica);
  }
  void move_name() { point_to(new_socket()); }

 private:
  temporary_directory directory_;
  std::string old_socket() const { return (directory_.path() / "a").string(); }
  std::string new_socket() const { return (directory_.path() / "b").string(); }
  void point_to(std::string const& socket) const {
    std::filesystem::path const made = directory_.path() / "next";
    std::filesystem::create_symlink(socket, made);
    std::filesystem::rename(made, directory_.path() / "master");
  }
  static void follow(redis_server& one, redis_server const& other) {
    CHECK(one.command({"REPLICAOF", "127.0.0.1", std::to_string(other.port())}).text == "OK");
    CHECK(wait_until([&] {
      return one.command({"INFO", "replication"}).text.find("master_link_status:up") != std::string::npos;
    }));
  }

 public:
  redis_server master{{"--unixsocket", old_socket(), "--repl-diskless-sync-delay", "0"}};
  redis_server replica{{"--unixsocket", new_socket(), "--repl-diskless-sync-delay", "0"}};
};

double connects(tandem_daemon const& tandem) { return tandem.metric("tandem_server_connects_total"); }

}  // namespace

TEST_CASE(
    "a master that has become a replica is left for the one that the name leads to now, without an error") {
  named_master servers;
  tandem_daemon const tandem(on_redis(servers.name()));
  std::vector<text_client> clients;
  for (int i = 0; i < 6; ++i) clients.push_back(tandem.connect());
  for (text_client& each : clients) CHECK(each.ask("set k 0 0 1\r\n1\r\n") == "STORED");
  CHECK(wait_until([&] { return servers.replica.command({"EXISTS", "k"}).number == 1; }));
  servers.change_roles();
  servers.move_name();
  // Sets of one key by several clients at once may be refused, since a later one may be the last.
  for (std::size_t i = 0; i < clients.size(); ++i)
    clients[i].send(fmt::format("incr k 1\r\nget k\r\nset other{} 0 0 1\r\nv\r\n", i));
  for (text_client& each : clients) {
    CHECK(each.read_line().find_first_not_of("0123456789") == std::string::npos);
    CHECK(each.read_until("END\r\n").starts_with("VALUE k "));
    CHECK(each.read_line() == "STORED");
  }
  CHECK(clients.front().converse("get k\r\n") == "VALUE k 0 1\r\n7\r\nEND\r\n");
  CHECK(connects(tandem) <= 4);  // two workers' links, each made twice
}

TEST_CASE(
    "a name that still leads to a replica costs few connections, reads go on, and writes say why they fail") {
  named_master servers;
  tandem_daemon const tandem("workers: 1\n" + on_redis(servers.name()));
  text_client reader = tandem.connect();
  text_client writer = tandem.connect();
  CHECK(writer.ask("set k 0 0 1\r\n1\r\n") == "STORED");
  CHECK(wait_until([&] { return servers.replica.command({"EXISTS", "k"}).number == 1; }));
  servers.change_roles();
  for (int round = 0; round < 2; ++round) {
    writer.send("set k 0 0 1\r\n2\r\n");
    for (int reads = 0; reads < 200; ++reads)
      CHECK(reader.converse("get k\r\n") == "VALUE k 0 1\r\n1\r\nEND\r\n");
    std::string const refused = writer.read_line();
    CHECK(refused.starts_with("SERVER_ERROR backend store server " + servers.name() + ": READONLY"));
  }
  CHECK(connects(tandem) > 1);
  CHECK(connects(tandem) <= 8);  // in two seconds, with pauses from 25 ms on that double
  servers.move_name();
  CHECK(wait_until([&] { return writer.ask("set k 0 0 1\r\n3\r\n") == "STORED"; }));
}

TEST_CASE("a server that wants a password from now on is signed in to again, or is down if there is none") {
  redis_server server;
  temporary_directory const secrets;
  tandem_daemon const without(on_redis(server.address()));
  CHECK(without.converse("set k 0 0 1\r\nv\r\n") == "STORED\r\n");
  server.command({"CONFIG", "SET", "requirepass", "word"});
  server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  CHECK(wait_until([&] { return without.converse("get k\r\n").find("NOAUTH") != std::string::npos; }));
  server.command({"CONFIG", "SET", "requirepass", ""});
  CHECK(wait_until([&] { return without.converse("get k\r\n") == "VALUE k 0 1\r\nv\r\nEND\r\n"; }));
}

namespace {

std::size_t count(std::string const& text, std::string const& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("what a server refuses for longer is a line when it begins, a gauge, and a line when it is over") {
  using words = std::vector<std::string>;
  struct example {
    std::string kind;
    std::vector<words> begin;
    std::vector<words> end;
    std::string effect;
  };
  for (auto const& each : {
           example{"out_of_memory",
                   {{"CONFIG", "SET", "maxmemory", "1"}},
                   {{"CONFIG", "SET", "maxmemory", "0"}},
                   " refuses writes: OOM"},
           example{"no_replicas",
                   {{"CONFIG", "SET", "min-replicas-to-write", "1"}},
                   {{"CONFIG", "SET", "min-replicas-to-write", "0"}},
                   " refuses writes: NOREPLICAS"},
           example{"no_permission",
                   {{"ACL", "SETUSER", "default", "-set"}},
                   {{"ACL", "SETUSER", "default", "+@all"}},
                   " refuses requests: set: NOPERM"},
           example{"read_only",
                   {{"REPLICAOF", "127.0.0.1", "1"}},
                   {{"REPLICAOF", "NO", "ONE"}},
                   " refuses writes: READONLY"},
       }) {
    INFO(each.kind);
    redis_server server;
    tandem_daemon const tandem(on_redis(server.address()));
    std::vector<text_client> clients;
    for (int i = 0; i < 6; ++i) clients.push_back(tandem.connect());
    std::map<std::string, std::string> const labels{{"kind", each.kind}};
    std::string const named = "backend store server " + server.address();
    for (words const& one : each.begin) server.command(one);
    for (int round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i < clients.size(); ++i)
        CHECK(clients[i].ask(fmt::format("set k{} 0 0 1\r\nv\r\n", i)).starts_with("SERVER_ERROR "));
      CHECK(clients.front().converse("get k\r\n") == "END\r\n");
    }
    CHECK(tandem.metric("tandem_server_trouble", labels) >= 1);
    for (words const& one : each.end) server.command(one);
    // One client, and so one worker of several.
    CHECK(wait_until([&] { return clients.back().ask("set k 0 0 1\r\nv\r\n") == "STORED"; }));
    CHECK(wait_until([&] { return tandem.metric("tandem_server_trouble", labels) == 0; }));
    CHECK(wait_until([&] { return count(tandem.log(), named + " is well again") == 1; }));
    std::string const log = tandem.log();
    CHECK(count(log, named + each.effect) == 1);
    CHECK(count(log, named) == 2);
  }
}
