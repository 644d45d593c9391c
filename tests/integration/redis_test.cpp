// One Redis server: signing in, what Tandem leaves in it, what others have put there, and its scripts.
#include "support/catch.hpp"
#include "support/libmemcached_client.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"
#include "support/workload.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>

using namespace tandem::test;

namespace {

/// Every key on this Redis; `more` are further lines of its section, in flow style, each with a comma in front.
std::string on_redis(redis_server const& server, std::string const& more = "") {
  return fmt::format(
      "backends:\n  store:\n    redis: {{server: \"{}\"{}}}\n    timeout: 1s\nroutes:\n  - {{to: store}}\n",
      server.address(), more);
}

std::string const frame_start("\x9e\x01", 2);

}  // namespace

TEST_CASE("Tandem signs in with a password") {
  redis_server server({"--requirepass", "secret word"});
  {
    tandem_daemon const tandem(on_redis(server, ", password: \"secret word\""));
    CHECK(tandem.converse("set k 0 0 1\r\nv\r\nget k\r\n") == "STORED\r\nVALUE k 0 1\r\nv\r\nEND\r\n");
  }
  tandem_daemon const wrong(on_redis(server, ", password: \"another\""));
  CHECK(wrong.converse("get k\r\n").starts_with("SERVER_ERROR "));
  CHECK(wrong.log().find("another") == std::string::npos);
}

TEST_CASE("Tandem signs in as a user of the access control list, with a password from a file") {
  redis_server server;
  server.command({"ACL", "SETUSER", "app", "on", ">pass", "~app:*", "+@all"});
  server.command({"ACL", "SETUSER", "default", "off"});
  temporary_directory const secrets;
  std::string const file = secrets.write("password", "pass\n").string();
  tandem_daemon const tandem(
      on_redis(server, ", username: app, password_file: \"" + file + "\", key_prefix: \"app:\""));
  CHECK(tandem.converse("set k 0 0 1\r\n1\r\nincr k 1\r\nget k\r\n") ==
        "STORED\r\n2\r\nVALUE k 0 1\r\n2\r\nEND\r\n");
}

TEST_CASE("items are framed strings under the prefix, in the database named") {
  redis_server server;
  tandem_daemon const tandem(on_redis(server, ", key_prefix: \"t:\", database: 3"));
  CHECK(tandem.converse("set k 258 100 5\r\nhello\r\n") == "STORED\r\n");
  CHECK(server.command({"DBSIZE"}).number == 0);
  server.command({"SELECT", "3"});
  std::string const stored = server.command({"GET", "t:k"}).text;
  REQUIRE(stored.size() == 14 + 5);
  CHECK(stored.substr(0, 2) == frame_start);
  CHECK(stored.substr(2, 4) == std::string("\0\0\1\2", 4));
  CHECK(stored.substr(14) == "hello");
  auto const left = server.command({"TTL", "t:k"}).number;
  CHECK(left > 90);
  CHECK(left <= 100);
}

TEST_CASE("times to live become expiry, and touch changes and removes it") {
  redis_server server;
  tandem_daemon const tandem(on_redis(server));
  CHECK(tandem.converse("set k 0 2000000000 1\r\nv\r\n") == "STORED\r\n");
  CHECK(server.command({"EXPIRETIME", "k"}).number == 2000000000);
  CHECK(tandem.converse("touch k 0\r\n") == "TOUCHED\r\n");
  CHECK(server.command({"TTL", "k"}).number == -1);
  CHECK(tandem.converse("gat 50 k\r\n") == "VALUE k 0 1\r\nv\r\nEND\r\n");
  CHECK(server.command({"TTL", "k"}).number > 40);
  CHECK(tandem.converse("append k 0 0 1\r\nw\r\n") == "STORED\r\n");
  CHECK(server.command({"TTL", "k"}).number > 40);
  CHECK(tandem.converse("set k 0 0 1\r\n1\r\nset k 0 50 1\r\n5\r\nincr k 1\r\n") ==
        "STORED\r\nSTORED\r\n6\r\n");
  CHECK(server.command({"TTL", "k"}).number > 40);
}

TEST_CASE("plain encoding stores and reads bare values") {
  redis_server server;
  tandem_daemon const tandem(on_redis(server, ", encoding: plain"));
  CHECK(tandem.converse("set k 0 0 2\r\n41\r\nincr k 1\r\n") == "STORED\r\n42\r\n");
  CHECK(server.command({"GET", "k"}).text == "42");
  server.command({"SET", "other", "from Redis"});
  CHECK(tandem.converse("get other\r\n") == "VALUE other 0 10\r\nfrom Redis\r\nEND\r\n");
  CHECK(tandem.converse("set k 5 0 1\r\nv\r\n").starts_with("SERVER_ERROR "));
  CHECK(server.command({"GET", "k"}).text == "42");
}

TEST_CASE("plain encoding may drop flags") {
  redis_server server;
  tandem_daemon const tandem(on_redis(server, ", encoding: plain, flags: drop"));
  CHECK(tandem.converse("set k 5 0 1\r\nv\r\nget k\r\n") == "STORED\r\nVALUE k 0 1\r\nv\r\nEND\r\n");
}

TEST_CASE("every command works on strings that others have written") {
  redis_server server;
  tandem_daemon const tandem(on_redis(server));
  text_client client = tandem.connect();
  server.command({"SET", "s", "foreign"});
  CHECK(client.converse("get s\r\n") == "VALUE s 0 7\r\nforeign\r\nEND\r\n");
  std::string const first = client.converse("gets s\r\n");
  CHECK(first == client.converse("gets s\r\n"));
  std::string const cas = first.substr(12, first.find("\r\n") - 12);
  CHECK(client.ask("cas s 7 0 3 " + cas + "\r\nnew\r\n") == "STORED");
  CHECK(client.ask("cas s 7 0 3 " + cas + "\r\nxxx\r\n") == "EXISTS");
  CHECK(client.converse("get s\r\n") == "VALUE s 7 3\r\nnew\r\nEND\r\n");

  server.command({"SET", "a", "mid"});
  CHECK(client.converse("append a 0 0 3\r\nend\r\nprepend a 0 0 5\r\nfront\r\nget a\r\n") ==
        "STORED\r\nSTORED\r\nVALUE a 0 11\r\nfrontmidend\r\nEND\r\n");
  server.command({"SET", "n", "9", "EX", "100"});
  CHECK(client.converse("incr n 1\r\ndecr n 2\r\ntouch n 50\r\n") == "10\r\n8\r\nTOUCHED\r\n");
  CHECK(client.converse("replace n 0 0 1\r\nr\r\nadd n 0 0 1\r\na\r\ndelete n\r\n") ==
        "STORED\r\nNOT_STORED\r\nDELETED\r\n");
}

TEST_CASE("a key of another type answers an error that names it, and is left alone") {
  redis_server server;
  tandem_daemon const tandem(on_redis(server));
  text_client client = tandem.connect();
  server.command({"RPUSH", "l", "one", "two"});
  for (std::string const command : {"get l\r\n", "gets l\r\n", "incr l 1\r\n", "append l 0 0 1\r\nx\r\n",
                                    "cas l 0 0 1 5\r\nx\r\n", "gat 10 l\r\n"}) {
    INFO(command);
    CHECK(client.ask(command).starts_with("SERVER_ERROR "));
  }
  CHECK(client.ask("get l\r\n").find("list") != std::string::npos);
  CHECK(server.command({"LLEN", "l"}).number == 2);
  CHECK(server.command({"TTL", "l"}).number == -1);
}

TEST_CASE("scripts that the server has forgotten are loaded again, in the order of the commands") {
  redis_server server;
  tandem_daemon const tandem(on_redis(server));
  text_client client = tandem.connect();
  CHECK(client.converse("set k 0 0 1\r\n0\r\nincr k 1\r\nappend k 0 0 1\r\n5\r\n") ==
        "STORED\r\n1\r\nSTORED\r\n");
  for (int round = 0; round < 5; ++round) {
    server.command({"SCRIPT", "FLUSH"});
    CHECK(client.converse(
              "set k 3 0 1\r\n1\r\nincr k 1\r\nget k\r\nappend k 0 0 1\r\n0\r\nincr k 5\r\ndelete k\r\n"
              "get k\r\n") == "STORED\r\n2\r\nVALUE k 3 1\r\n2\r\nEND\r\nSTORED\r\n25\r\nDELETED\r\nEND\r\n");
  }
}

TEST_CASE("counters keep every digit and wrap at 2^64") {
  redis_server server;
  for (std::string const encoding : {"framed", "plain"}) {
    tandem_daemon const tandem(
        on_redis(server, ", encoding: " + encoding + ", key_prefix: \"" + encoding + "\""));
    text_client client = tandem.connect();
    CHECK(client.converse("set n 0 0 20\r\n18446744073709551615\r\nincr n 1\r\ndecr n 1\r\n") ==
          "STORED\r\n0\r\n0\r\n");
    CHECK(client.converse(
              "set n 0 0 20\r\n18446744073709551000\r\nincr n 616\r\nincr n 18446744073709551615\r\n") ==
          "STORED\r\n0\r\n18446744073709551615\r\n");
    CHECK(client.converse("set n 0 0 17\r\n10000000000000001\r\nincr n 10000000000000001\r\ndecr n 1\r\n") ==
          "STORED\r\n20000000000000002\r\n20000000000000001\r\n");
  }
}

TEST_CASE("concurrent increments and cas lose nothing") {
  redis_server server;
  tandem_daemon const tandem(on_redis(server));
  CHECK(tandem.converse("set n 0 0 1\r\n0\r\n") == "STORED\r\n");
  std::vector<text_client> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(tandem.connect());
  for (int round = 0; round < 50; ++round) {
    for (text_client& each : clients) each.send("incr n 1\r\n");
    for (text_client& each : clients) CHECK_FALSE(each.read_line().empty());
  }
  CHECK(tandem.converse("get n\r\n") == "VALUE n 0 3\r\n500\r\nEND\r\n");

  std::string const seen = clients[0].converse("gets n\r\n");
  std::string const cas = seen.substr(12, seen.find("\r\n") - 12);
  int stored = 0;
  for (text_client& each : clients) each.send("cas n 0 0 1 " + cas + "\r\nx\r\n");
  for (text_client& each : clients) stored += each.read_line() == "STORED" ? 1 : 0;
  CHECK(stored == 1);
}

TEST_CASE("flush_all deletes what the configuration says") {
  redis_server server;
  server.command({"SET", "other", "stays"});
  {
    tandem_daemon const tandem(on_redis(server, ", key_prefix: \"t:\", flush: scan"));
    text_client client = tandem.connect();
    for (int i = 0; i < 3000; ++i) client.send(fmt::format("set k{} 0 0 1 noreply\r\nv\r\n", i));
    CHECK(client.converse("get k2999\r\n") == "VALUE k2999 0 1\r\nv\r\nEND\r\n");
    CHECK(server.command({"DBSIZE"}).number == 3001);
    CHECK(client.ask("flush_all\r\n") == "OK");
    CHECK(server.command({"DBSIZE"}).number == 1);
  }
  tandem_daemon const tandem(on_redis(server, ", flush: flushdb"));
  CHECK(tandem.converse("flush_all\r\n") == "OK\r\n");
  CHECK(server.command({"DBSIZE"}).number == 0);
}

TEST_CASE("values of every size pass unchanged") {
  redis_server server;
  tandem_daemon const tandem(on_redis(server));
  libmemcached_client client({tandem.port()});
  for (std::size_t const size : {0U, 1U, 4096U, 16384U, 65536U, 300000U, 1U << 20}) {
    INFO(size << " bytes");
    std::string value(size, '\0');
    for (std::size_t i = 0; i < size; ++i) value[i] = static_cast<char>(i * 31 + i / 251);
    REQUIRE(client.set("size", value));
    CHECK((client.get("size") == value));
  }
}

TEST_CASE("a Redis that dies fails requests by name, and is used again when it is back") {
  redis_server server;
  tandem_daemon const tandem(on_redis(server));
  text_client client = tandem.connect();
  CHECK(client.ask("set k 0 0 1\r\nv\r\n") == "STORED");
  server.kill();
  std::string const refused = client.ask("get k\r\n");
  CHECK(refused.starts_with("SERVER_ERROR "));
  CHECK(refused.find(server.address()) != std::string::npos);
  server.start();
  CHECK(wait_until([&] { return client.ask("set k 0 0 1\r\nw\r\n") == "STORED"; }));
  CHECK(client.converse("get k\r\n") == "VALUE k 0 1\r\nw\r\nEND\r\n");
}

TEST_CASE("a Redis that hangs times out, and its late answers reach nobody else's requests") {
  redis_server server;
  tandem_daemon const tandem(fmt::format(
      "backends:\n  store:\n    redis: {{server: \"{}\"}}\n    timeout: 150ms\nroutes:\n  - {{to: store}}\n",
      server.address()));
  workload load({tandem.port(), "load:", 8, 20});
  REQUIRE(load.goes_on());
  for (int i = 0; i < 3; ++i) {
    std::uint64_t const errors = load.errors();
    server.suspend();
    CHECK(wait_until([&] { return load.errors() >= errors + 8; }));
    server.resume();
    CHECK(load.goes_on(500));
  }
  load.stop();
  CHECK(load.wrong().empty());
}

TEST_CASE(
    "what Redis has no room for is refused by the flag's name, and the rest of the line is not executed") {
  redis_server server;
  tandem_daemon const tandem(on_redis(server));
  std::string const refused = " is not possible for backend store\r\n";
  CHECK(tandem.converse("ms k 1\r\nv\r\n") == "HD\r\n");
  for (std::string const flag : {"h", "l", "N30", "R30"})
    CHECK(tandem.converse("mg k v q " + flag + "\r\n") == "CLIENT_ERROR flag " + flag.substr(0, 1) + refused);
  CHECK(tandem.converse("ms k 1 I C1\r\nw\r\n") == "CLIENT_ERROR flag I" + refused);
  CHECK(tandem.converse("md k I\r\n") == "CLIENT_ERROR flag I" + refused);
  CHECK(tandem.converse("mg k v u\r\n") == "VA 1\r\nv\r\n");
  CHECK(tandem.converse("mg new N30\r\nmg new v\r\n") == "CLIENT_ERROR flag N" + refused + "EN\r\n");
}

TEST_CASE("a bare string takes no cas of a client's choice, but with another value or without one") {
  redis_server server;
  tandem_daemon const tandem(on_redis(server));
  std::string const refused =
      "CLIENT_ERROR flag E is not possible for backend store: another program has stored the item\r\n";
  std::string const chosen_start("\x9e\x02", 2);
  for (std::string const command : {"ms k 1 MA E5\r\n1\r\n", "ms k 1 MP E5\r\n1\r\n", "ma k E5\r\n"}) {
    INFO(command);
    server.command({"SET", "k", "5"});
    CHECK(tandem.converse(command) == refused);
    CHECK(server.command({"GET", "k"}).text == "5");
  }
  CHECK(tandem.converse("ms k 1 MA E5 C1\r\n1\r\nma k E5 C1\r\n") == "EX\r\nEX\r\n");
  CHECK(tandem.converse("ms k 1 MA s\r\n1\r\nms k 1 MP s\r\n1\r\n") == "HD s2\r\nHD s3\r\n");
  CHECK(server.command({"GET", "k"}).text == "151");
  CHECK(tandem.converse("ms k 1 MR E5\r\n7\r\nmg k c v\r\n") == "HD\r\nVA 1 c5\r\n7\r\n");
  CHECK(server.command({"GET", "k"}).text.starts_with(chosen_start));
  server.command({"SET", "k", "5"});
  std::string const before = tandem.converse("mg k c\r\n");
  CHECK(tandem.converse("md k x F3\r\nmg k c\r\nmg k s f\r\n") == "HD\r\n" + before + "HD s0 f3\r\n");
  CHECK(server.command({"GET", "k"}).text.starts_with(chosen_start));
  CHECK(tandem.converse("ms k 1\r\n5\r\n") == "HD\r\n");
  std::string const own = tandem.converse("mg k c\r\n");
  CHECK(tandem.converse("md k x\r\nmg k c s\r\n") == "HD\r\n" + own.substr(0, own.size() - 2) + " s0\r\n");
  CHECK(server.command({"GET", "k"}).text.starts_with(frame_start));
}

TEST_CASE("a value that would pass for a frame has the size that was asked for") {
  redis_server server;
  tandem_daemon const tandem(on_redis(server));
  server.command({"SET", "k", frame_start});
  CHECK(tandem.converse("ms k 13 MA s\r\n0123456789abc\r\nmg k s\r\n") == "HD s15\r\nHD s15\r\n");
  CHECK(server.command({"STRLEN", "k"}).number == 14 + 15);
}

TEST_CASE("md with x leaves a value of another Redis type") {
  redis_server server;
  tandem_daemon const tandem(on_redis(server));
  server.command({"RPUSH", "k", "1"});
  CHECK(tandem.converse("md k x\r\n") == "SERVER_ERROR backend store: key holds a Redis list\r\n");
  CHECK(server.command({"LLEN", "k"}).number == 1);
}
