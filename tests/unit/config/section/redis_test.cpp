#include "support/temporary_directory.hpp"
#include "unit/config/loading.hpp"

#include <fstream>

namespace tandem::config {

namespace {

using namespace backend::redis;

/// The backend is written from line 4 on, at column 7.
std::string with_redis(std::string const& body) {
  return "routes: [{to: m}]\nbackends:\n  m: {redis: {\n      " + body + "}}\n";
}

redis_options redis(std::string const& body) {
  return std::get<redis_options>(good(with_redis(body)).backends.at(0).kind);
}

std::string at(std::string const& line_and_column, std::string const& message) {
  return "t.yaml:" + line_and_column + ": backends.m.redis" + message;
}

load_result load_beside(test::temporary_directory const& directory, std::string const& body) {
  return load_text(with_redis(body), (directory.path() / "t.yaml").string());
}

}  // namespace

TEST_CASE("a single server takes the defaults of everything else") {
  redis_options const read = redis("server: a:6379");
  CHECK(read.topology == topology::single);
  CHECK(read.servers == std::vector<net::endpoint>{{"a", 6379, ""}});
  CHECK(read.encoding == encoding::framed);
  CHECK(read.flags == flags_policy::refuse);
  CHECK(read.flush == flush_policy::refuse);
  CHECK(read.key_prefix.empty());
  CHECK(read.password.empty());
  CHECK(read.database == 0);
  CHECK(redis("server: unix:/r").servers[0].path == "/r");
}

TEST_CASE("a cluster has nodes to ask first") {
  redis_options const read =
      redis("cluster: [a:1, b:2], flush: scan, key_prefix: 't:', read_from: master, database: 0");
  CHECK(read.topology == topology::cluster);
  CHECK(read.servers == std::vector<net::endpoint>{{"a", 1, ""}, {"b", 2, ""}});
  CHECK(read.flush == flush_policy::scan);
  CHECK(read.key_prefix == "t:");
}

TEST_CASE("Sentinels have a master's name, their addresses and a password of their own") {
  redis_options const read = redis(
      "sentinel: {master: main, sentinels: [a:1, b:2], username: s, password: p}, username: u, password: q, "
      "database: 3");
  CHECK(read.topology == topology::sentinel);
  CHECK(read.servers.empty());
  CHECK(read.sentinel.master == "main");
  CHECK(read.sentinel.servers == std::vector<net::endpoint>{{"a", 1, ""}, {"b", 2, ""}});
  CHECK(read.sentinel.username == "s");
  CHECK(read.sentinel.password.value() == "p");
  CHECK(read.username == "u");
  CHECK(read.password.value() == "q");
  CHECK(read.database == 3);
}

TEST_CASE("replicas are read if that is wanted, and may lag for so long") {
  CHECK(redis("cluster: [a:1]").read_from == read_from::master);
  redis_options const read = redis("cluster: [a:1], read_from: replica, max_lag: 2s");
  CHECK(read.read_from == read_from::replica);
  CHECK(read.max_lag == std::chrono::seconds(2));
  redis_options const preferred = redis("sentinel: {master: m, sentinels: [a:1]}, read_from: prefer_replica");
  CHECK(preferred.read_from == read_from::prefer_replica);
  CHECK(preferred.max_lag == std::chrono::seconds(5));
}

TEST_CASE("the other options of Redis are read") {
  redis_options const read = redis(
      "server: a:1, encoding: plain, flags: drop, flush: flushdb, username: u, "
      "password: 'p ', database: 7");
  CHECK(read.encoding == encoding::plain);
  CHECK(read.flags == flags_policy::drop);
  CHECK(read.flush == flush_policy::flushdb);
  CHECK(read.username == "u");
  CHECK(read.password.value() == "p ");
  CHECK(read.database == 7);
}

TEST_CASE("a password file stands beside the configuration, and its line end is no part of the password") {
  test::temporary_directory const directory;
  for (auto const& [content, password] :
       std::vector<std::pair<std::string, std::string>>{{"secret", "secret"},
                                                        {"secret\n", "secret"},
                                                        {"secret\r\n", "secret"},
                                                        {"se cret\n\n", "se cret\n"}}) {
    directory.write("password", content);
    load_result const read = load_beside(directory, "server: a:1, password_file: password");
    REQUIRE(read.has_value());
    CHECK(std::get<redis_options>(read->backends[0].kind).password.value() == password);
  }
  load_result const absolute =
      load_text(with_redis("server: a:1, password_file: " + (directory.path() / "password").string()),
                "elsewhere/t.yaml");
  CHECK(absolute.has_value());
}

TEST_CASE("a password file that is missing, empty or too large is an error") {
  test::temporary_directory const directory;
  directory.write("hollow", "\n");
  directory.write("4K", std::string(4097, 'x'));
  std::string const place =
      (directory.path() / "t.yaml").string() + ":4:35: backends.m.redis.password_file: ";
  auto const error = [&](std::string const& name) {
    load_result const read = load_beside(directory, "server: a:1, password_file: " + name);
    REQUIRE_FALSE(read.has_value());
    return as_text(read.error());
  };
  using lines = std::vector<std::string>;
  CHECK(error("absent") == lines{place + "cannot be read: No such file or directory; create it, or mend its "
                                         "permissions"});
  CHECK(error("hollow") == lines{place + "is empty; write the password into it"});
  CHECK(error("4K") == lines{place + "is too large: it has 4097 bytes, 4096 at most; create it, or mend its "
                                     "permissions"});
  CHECK(error("''") == lines{place + "is empty; write a file name"});
}

TEST_CASE("no diagnostic shows a password") {
  for (std::string const& line :
       errors_of(with_redis("server: a:1, password: 'hunter${2', password_file: x"))) {
    CHECK(line.find("hunter") == std::string::npos);
  }
}

TEST_CASE("mistakes in a Redis backend are reported") {
  std::string const later = "\" is not supported by this version; ";
  check_each({
      {with_redis("encoding: framed"),
       {at("3:14",
           ": names no server; write server: HOST:PORT, or cluster: [HOST:PORT, HOST:PORT], or sentinel")}},
      {with_redis("server: a:1, cluster: [b:1]"),
       {at("4:29", ".cluster: \"server\" is given as well; keep one of the two")}},
      {with_redis("server: [a:1]"),
       {at("4:15",
           ".server: is a sequence; write HOST:PORT or unix:PATH, in quotes if it "
           "begins with a bracket")}},
      {with_redis("cluster: a:1"),
       {at("4:16", ".cluster: is a single value; write a sequence of HOST:PORT")}},
      {with_redis("cluster: []"), {at("4:16", ".cluster: is empty; write a sequence of HOST:PORT")}},
      {with_redis("cluster: [a:1, a:1, unix:/s, b]"),
       {at("4:22", ".cluster[1]: a:1 is listed already; remove one"),
        at("4:27", ".cluster[2]: cluster nodes are reached over TCP; write HOST:PORT"),
        at("4:36", ".cluster[3]: \"b\" has no port; write b:11211, say")}},
      {with_redis("sentinel: {}"),
       {at("4:17",
           ".sentinel: \"master\" is missing; write the name that the Sentinels have for it, such as "
           "mymaster"),
        at("4:17", ".sentinel: \"sentinels\" is missing; write [HOST:PORT, HOST:PORT, HOST:PORT]")}},
      {with_redis("sentinel: a:1"),
       {at("4:17", ".sentinel: not a mapping; write {master: NAME, sentinels: [HOST:PORT, HOST:PORT]}")}},
      {with_redis("sentinel: {master: '', sentinels: []}"),
       {at("4:26", ".sentinel.master: is empty; write the name that the Sentinels have for it"),
        at("4:41", ".sentinel.sentinels: is empty; write a sequence of HOST:PORT")}},
      {with_redis("sentinel: {master: m, sentinels: [a:1, a:1, unix:/s]}"),
       {at("4:46", ".sentinel.sentinels[1]: a:1 is listed already; remove one"),
        at("4:51", ".sentinel.sentinels[2]: Sentinels are reached over TCP; write HOST:PORT")}},
      {with_redis("cluster: [b:1], sentinel: {master: m, sentinels: [a:1]}"),
       {at("4:33", ".sentinel: \"cluster\" is given as well; keep one of the two")}},
      {with_redis("server: b:1, sentinel: {master: m, sentinels: [a:1]}"),
       {at("4:30", ".sentinel: \"server\" is given as well; keep one of the two")}},
      {with_redis("sentinel: {master: m, sentinels: [a:1], username: s}"),
       {at("4:57",
           ".sentinel.username: Redis takes no name without a password; add password_file or password")}},
      {with_redis("sentinel: {master: m, sentinels: [a:1], password: x, password_file: y}"),
       {at("4:75", ".sentinel.password_file: \"password\" is given as well; keep one of the two")}},
      {with_redis("sentinel: {master: m, sentinel: [a:1]}"),
       {at("4:29", ".sentinel: unknown key \"sentinel\", did you mean \"sentinels\"?")}},
      {with_redis("server: a:1, tls: {}"),
       {at("4:20", ": \"tls" + later + "remove it, and reach the servers through a private network")}},
      {with_redis("server: a:1, encoding: frame"),
       {at("4:30", ".encoding: unknown value \"frame\", did you mean \"framed\"?")}},
      {with_redis("server: a:1, flags: drop"),
       {at("4:27", ".flags: flags are kept by encoding: framed; remove it, or write encoding: plain")}},
      {with_redis("server: a:1, encoding: plaim, flags: drop"),
       {at("4:30", ".encoding: unknown value \"plaim\", did you mean \"plain\"?")}},
      {with_redis("server: a:1, flush: scan"),
       {at("4:27", ".flush: scan deletes the keys under key_prefix, which is empty; set key_prefix")}},
      {with_redis("server: a:1, flush: all"),
       {at("4:27", ".flush: unknown value \"all\"; write one of refuse, scan, flushdb")}},
      {with_redis("server: a:1, read_from: replica"),
       {at("4:31",
           ".read_from: the replicas of a single server are not known; write cluster or sentinel "
           "instead of server, or master")}},
      {with_redis("cluster: [a:1], read_from: near"),
       {at("4:34",
           ".read_from: unknown value \"near\"; write one of master, replica, prefer_replica, zone")}},
      {with_redis("cluster: [a:1], max_lag: 2s"),
       {at("4:32", ".max_lag: only reads from replicas lag; write read_from: prefer_replica, or remove it")}},
      {with_redis("cluster: [a:1], read_from: replica, max_lag: 10ms"),
       {at("4:52", ".max_lag: 10ms is out of range; write 1s to 1d")}},
      {with_redis("server: a:1, password: x, password_file: y"),
       {at("4:48", ".password_file: \"password\" is given as well; keep one of the two")}},
      {with_redis("server: a:1, username: u"),
       {at("4:30", ".username: Redis takes no name without a password; add password_file or password")}},
      {with_redis("cluster: [a:1], database: 1"),
       {at("4:33", ".database: a Redis Cluster has database 0 only; remove it")}},
      {with_redis("server: a:1, database: -1"),
       {at("4:30", ".database: \"-1\" is not a whole number; write digits only")}},
      {with_redis("server: a:1, connections: 0"),
       {at("4:33", ".connections: 0 is out of range; write 1 to 1024")}},
      {with_redis("server: a:1, prefix: t"),
       {at("4:20",
           ": unknown key \"prefix\"; write one of server, cluster, sentinel, encoding, flags, flush, "
           "key_prefix, "
           "read_from, max_lag, username, password, password_file, database, connections")}},
  });
}

}  // namespace tandem::config
